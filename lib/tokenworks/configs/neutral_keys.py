"""Published keys whose names sound like the cache's and that never change it.

Exact names only: a name that nobody has seen is in none of these sets.
"""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """Return the names in a text, as lists of them are written here."""
    return frozenset(text.split())


# Parts of a config that describe something else than the text's layers.
SUBCONFIGS = names(
    """
    audio_config audio_encoder audio_processor auto_map code2wav_config compression_config
    dit_config embd_layer ffn_config generation_config id2label label2id lora_args moe moe_args
    multimodal perceiver_config pretrained_config projector_config quantization
    quantization_args quantization_config rope_parameters rope_scaling speech_config
    talker_config task_specific_params text_encoder_config token2wav_config tts_config
    vision_args vision_cfg vision_config vision_encoder vision_tower_config vit_config
    vocoder_config
    """
)
# Norms, positions, start values, training, images.
ASIDE = names(
    """
    _attn_implementation _attn_implementation_autoset _attn_implementation_internal
    _experts_implementation _flash_attn_2_enabled _num_mtp_layers _remove_final_layer_norm
    activation_situ_linear_beta activation_sparsity_pattern add_bias_linear
    add_classification_head add_final_layer_norm add_full_attention_sink_bias add_qkv_bias
    add_swa_attention_sink_bias apply_query_key_layer_scaling
    apply_residual_connection_post_layernorm attention_bias attention_bottleneck_fusion
    attention_dropout attention_dropout_prob attention_in_multiplier attention_layer_norm
    attention_multiplier attention_out_bias attention_out_multiplier attention_output_bias
    attention_output_gate attention_probs_dropout_prob attention_qkv_bias attention_scale
    attention_softmax_in_fp32 attention_value_scale attn_bias attn_dropout attn_dropout_prob
    attn_implementation attn_logit_softcapping attn_output_gate attn_output_multiplier
    attn_pdrop attn_res_block_size attn_scale attn_temperature_tuning attn_use_bias
    audio_token_index bias_dropout_fusion block_group_size block_type boa_token_index
    boi_token_index bos_token_id cache_dtype cache_implementation chunk_size_feed_forward
    conversation_formatter_class decoder_sparse_step decoder_start_token_id
    deepstack_visual_indexes dim_model_base do_layer_norm_before downsample_ratio
    drop_vision_last_layer dual_chunk_attention_config dynamic_image_size embed_dropout
    embed_layernorm embedding_multiplier encoder_no_repeat_ngram_size encoder_patch_size
    eoa_token_index eoi_token_index eos_token_id ep_size faster_token_stride feed_forward_proj
    final_logit_softcapping flash_attention flash_attn floor_scale force_image_size
    forced_decoder_ids fp32_lm_head fp32_residual_connection fuse_attention_ffn
    fuse_attention_qkv global_rope_theta gradient_checkpointing group_limited_greedy
    hc_sinkhorn_iters head_act head_bias hidden_dropout ignore_index image_grid_pinpoints
    image_seq_length image_token_id image_token_index img_token_compression_config interleaved
    is_decoder layer_norm_bias layer_norm_elementwise_affine layer_norm_eps layer_norm_epsilon
    layer_norm_type layerdrop layernorm_eps layernorm_epsilon layernorm_num_groups
    llm_attn_implementation lm_head_bias lm_head_multiplier local_rope_theta logits_scaling
    mask_token_id max_attn_value max_position_embeddings max_seq_len max_seq_length
    median_filter_width mm_hidden_size mm_spatial_pool_mode mm_spatial_pool_out_channels
    mm_spatial_pool_stride mm_tokens_per_image mm_vision_select_layer model_max_length
    model_parallel mrope_interleaved multimodal_projector_bias no_bias no_repeat_ngram_size
    no_rope_layer_interval no_rope_layers norm_head normalize_before num_beam_groups
    num_image_tokens_per_tile num_limited_groups num_logits_to_keep num_reward_heads
    o_lora_rank output_attentions output_hidden_states pad2square parallel_attn
    parallel_residual partial_rotary_factor partial_rotary_factors pos_skipping_range
    post_attention_layernorm post_layer_norm post_norm pre_seq_len prefix_projection
    pretraining_tp process_image_mode projector_hidden_act projector_layernorm_eps
    projector_use_layernorm pruned_heads q_lora_rank qk_head_dim qk_layernorm qk_nope_head_dim
    qk_norm qk_rope_head_dim qkv_bias qkv_multipliers quantize_with_modifier query_num
    query_pre_attn_scalar relative_attention_max_distance relative_attention_num_buckets
    reorder_and_upcast_attn rescale_prenorm_residual residual_dropout residual_multiplier
    rmsnorm rope_base_local rope_freq_constant rope_interleave rope_interleaved
    rope_local_base_freq rope_percent rope_ratio rope_thetas rotary_emb_base
    scale_attention_softmax_in_fp32 scale_attn_by_inverse_layer_idx scale_attn_weights
    scale_decoder_outputs scale_depth scale_emb scale_factor select_layer sep_token_id
    seq_length sequence_parallel share_input_output_layers shared_intermediate_size
    skip_bias_add skip_bias_add_qkv skip_cls_token spatial_merge_size summary_activation
    summary_first_dropout summary_proj_to_labels summary_type summary_use_proj swa_rope_theta
    tensor_parallel_degree tensor_parallel_output tie_embeddings tie_word_embeddings
    tied_embeddings tokenizer_class tp_parallel use_attention_gate use_attn_bias
    use_backbone_lora use_bfloat16 use_bidirectional_attention use_cache use_cache_kernel
    use_cache_quantization use_dynamic_ntk use_flash_attention use_flash_attention_2
    use_flash_attn use_grouped_topk use_head_wise_attn_gate use_layernorm use_llm_lora
    use_lm_head_bias use_logn_attn use_mamba_kernels use_mem_eff_attn use_parallel_block
    use_parallel_residual use_pos_skipping use_post_norm use_qk_layernorm use_qk_norm
    use_qkv_bias use_residual use_rmsnorm use_stable_embedding use_thumbnail
    use_unified_vision_chunk use_unpadded_mem_efficient_attention v_head_dim video_token_index
    vision_feature_layer vision_feature_select_strategy vision_start_token_id
    weight_share_add_bias
    """
)
# The feed-forward part, its experts, the layers that guess further tokens.
FEED_FORWARD = names(
    """
    altup_active_idx altup_coef_clip altup_correct_scale altup_num_inputs enable_moe_block
    expert_layer_offset expert_layer_period first_k_dense first_k_dense_replace
    hidden_size_per_layer_input interleave_moe_layer_step latent_moe_use_norm laurel_rank
    mlp_layer_types mlp_only_layers moe_apply_router_weight_on_input moe_every_n_layers
    moe_first_k_dense_replace moe_grouped_gemm moe_latent_size moe_layer_end_index
    moe_layer_freq moe_layer_interval moe_layer_num_skipped moe_layer_start_index moe_layers
    moe_n_group moe_num_shared_experts moe_router_use_sigmoid
    moe_shared_expert_intermediate_size moe_shared_expert_overlap moe_topk_group
    mtp_loss_scaling_factor mtp_num_hidden_layers mtp_num_layers mtp_share_layers
    mtp_transformer_layers mtp_use_dedicated_embeddings n_dense_layers n_group n_shared_experts
    norm_after_moe num_dense_layer num_dense_layers num_expert_group num_expert_groups
    num_hash_layers num_local_experts num_mtp_layers num_mtp_modules num_nextn_predict_layers
    num_shared_expert num_shared_experts router_aux_loss_coef share_expert_dim
    share_expert_dims shared_expert_gate shared_expert_intermediate_size topk_group
    use_double_wide_mlp use_mixed_mlp_moe use_mtp use_shared_expert use_shared_expert_gate
    vocab_size_per_layer_input
    """
)
# Inside of keys that are read, beside what is read there.
INSIDE = names(
    """
    attention_other_setting.attention_type attention_other_setting.num_attention_heads
    attn_config.attn_impl attn_config.attn_pdrop attn_config.attn_type
    attn_config.attn_uses_sequence_id attn_config.clip_qkv linear_attn_config.gate_lower_bound
    linear_attn_config.kda_layers sparse_attention_config.sparse_block_size
    sparse_attention_config.sparse_disable_index_value sparse_attention_config.sparse_init_block
    sparse_attention_config.sparse_local_block sparse_attention_config.sparse_num_index_heads
    sparse_attention_config.sparse_score_type sparse_attention_config.sparse_topk_blocks
    """
)
# Off in most configs, where they say nothing; on, they are another cache.
SAID_OFF = names(
    """
    add_cross_attention attention_chunk_size attention_head_type attn_layer_indices
    cross_attention_hidden_size cross_attention_layers is_encoder_decoder kv_lora_rank
    layer_types max_window_layers num_key_value_heads num_kv_shared_layers sliding_window
    sliding_window_pattern tie_encoder_decoder use_cla use_mla use_sliding_window
    """
)
