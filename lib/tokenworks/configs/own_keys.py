"""Published keys of one family each that say no more than the family's reader has read.

Exact names only, as in `neutral_keys`: another key of the same beginning is one that nobody knows.
"""

from __future__ import annotations

from tokenworks.configs.neutral_keys import names

SSM = names(
    """
    chunk_size expand mamba_bias mamba_chunk_size mamba_conv_bias mamba_dt_rank mamba_expand
    mamba_hidden_act mamba_inner_layernorms mamba_norm_before_gate mamba_proj_bias mamba_rms_norm
    mixer_rms_eps rescale_prenorm_residual residual_in_fp32 ssm_cfg time_step_floor
    time_step_init_scheme time_step_limit time_step_max time_step_min time_step_rank
    time_step_scale use_associative_scan use_bias use_bcdt_rms use_conv_bias use_falcon_mamba
    use_falcon_mambapy use_mambapy
    """
)
DELTA = names("attn_output_gate full_attention_interval linear_conv_kernel_dim mamba_ssm_dtype")
LING = names(
    """
    full_attention_type group_norm_size kda_lower_bound kda_safe_gate linear_conv_kernel_dim
    layer_group_size linear_head_dim linear_num_heads linear_silu num_key_value_heads
    """
)
MINIMAX = names(
    """
    attn_type_list block_size full_attn_alpha_factor full_attn_beta_factor
    layernorm_full_attention_alpha layernorm_full_attention_beta
    layernorm_linear_attention_alpha layernorm_linear_attention_beta layernorm_mlp_alpha
    layernorm_mlp_beta linear_attn_alpha_factor linear_attn_beta_factor
    """
)
NEMOTRON = SSM | names(
    """
    conv_kernel expand mlp_hidden_act mtp_hybrid_override_pattern mtp_layers_block_type n_groups
    num_logits_to_keep
    """
)
KIMI = names("layer_types linear_attn_config mla_use_nope mla_use_output_gate")
INDEXED = names(
    """
    index_n_heads index_share_for_mtp_iteration index_skip_topk_offset index_topk index_topk_freq
    index_topk_pattern indexer_rope_interleave
    """
)
COMPRESSED = names(
    """
    compress_ratios compress_rope_parameters compress_rope_theta index_n_heads index_topk
    num_key_value_heads o_groups
    """
)
ENCODER = names(
    """
    attention_window decoder_ffn_dim decoder_layerdrop decoder_layers decoder_vocab_size
    encoder_attention_heads encoder_attention_type encoder_ffn_dim encoder_layerdrop
    encoder_layers encoder_sparse_step
    """
)
T5 = ENCODER | names(
    """
    num_experts num_layers num_sparse_decoder_layers num_sparse_encoder_layers
    relative_attention_max_distance relative_attention_num_buckets
    """
)
FALCON_H1 = SSM | names(
    """
    attn_layer_indices key_multiplier mamba_d_ssm mlp_expansion_factor mlp_multipliers
    ssm_in_multiplier ssm_multipliers ssm_out_multiplier
    """
)
JAMBA = SSM | names("expert_layer_offset expert_layer_period use_mamba_kernels")
ZAMBA2 = SSM | names(
    """
    conv_kernel d_model d_state hybrid_layer_ids num_mem_blocks use_mem_eff_path use_mem_rope
    use_shared_attention_adapter use_shared_mlp_adapter
    """
)
LFM2 = names(
    """
    block_auto_adjust_ff_dim block_dim block_ff_dim block_ffn_dim_multiplier block_mlp_init_scale
    block_multiple_of block_norm_eps block_out_init_scale block_use_swiglu
    block_use_xavier_init conv_L_cache conv_bias conv_dim conv_dim_out conv_use_xavier_init
    full_attn_idxs num_heads
    """
)
GRIFFIN = names("_block_types block_types conv1d_width lru_width")
MIMO = names("attention_chunk_size sliding_window_size swa_num_attention_heads swa_rope_theta")
OLMO_HYBRID = names(
    """
    linear_a_log_max linear_a_log_min linear_allow_neg_eigval linear_dt_init_floor linear_dt_max
    linear_dt_min linear_use_gate
    """
)
ZAMBA = SSM | names(
    """
    attention_hidden_size attn_layer_offset attn_layer_period hidden_mamba_act n_mamba_heads
    num_logits_to_keep use_mamba_kernels
    """
)
HRM = names("H_cycles L_bp_cycles L_cycles num_layers_per_stack")
LONGCAT = names("attention_method emb_neighbor_num emb_split_num zero_expert_num zero_expert_type")
SWA = names("layer_switch order_of_interleaved_layers prefix_dense_sliding_window_pattern")
SPEECH = names("audio_encoder_config depth_decoder_config num_codebooks")
M3 = names("index_block_size index_local_blocks index_n_heads index_topk_blocks")
DOGE = names("dynamic_mask_ratio keep_window_size num_keys")
CPMANT = names(
    "position_bias_max_distance position_bias_num_buckets prompt_length prompt_types segment_types"
)
MODERNBERT = names(
    "decoder_bias local_attention norm_bias sparse_pred_ignore_index sparse_prediction"
)
INKLING = names(
    """
    d_rel mtp_local_layer_ids rel_extent shared_expert_sink swa_num_attention_heads
    """
)
LAGUNA = names("gating gating_types num_attention_heads_per_layer")  # heads of queries
GIGACHAT = DELTA | names(
    """
    full_attention_layers gated_attention layernorm_gating_weight layernorm_type
    linear_attention_type linear_sigmoid_gate_scale use_mla_scaling_factor
    """
)
JET = names("efficient_attention_config")
PLAMO2 = SSM | names(
    """
    eval_attention_n_bit full_attention_idx group_size linear_type mamba_enabled mamba_step
    sliding_window
    sparse_intermediate_size sparse_step use_predefined_initial_state
    """
)
LOOPCODER = names("loop_num loop_window_size")
PHI3_SMALL = names(
    """
    blocksparse_block_size blocksparse_homo_head_pattern blocksparse_num_local_blocks
    blocksparse_triton_kernel_block_size blocksparse_vert_stride dense_attention_every_n_layers
    mup_attn_multiplier
    """
)
STEP3 = names("share_q_dim")
MUSE = names("layer_rope_theta")
