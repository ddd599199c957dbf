"""Published keys whose names say nothing of layers and that no cache depends on.

Sizes of embeddings, experts and of what sees or hears, tokens, norms, start values, dropout,
generation. Gathered from published configs and from the classes of transformers; a key outside this
list is not harmful for that: it is one that nobody has looked at.
Source: https://github.com/huggingface/transformers (src/transformers/models/*/configuration_*.py).
"""

from __future__ import annotations

from tokenworks.configs.neutral_keys import names

ORDINARY = names(
    """
    activation activation_dropout activation_fn_name activation_function activation_situ_beta
    activation_type adapter_reduction_factor adaptor_config adaptor_dropout adaptor_kernel_size
    add_faster_video add_out_norm add_router_probs add_time_instruction additional_vocab_size
    alibi aligner_enable_bias aligner_ffn_mult alignment_intermediate_size alpha_initializer
    alpha_type alphas_initializer_range apply_rope_fusion apply_spec_augment architectures
    assistant_token_id audio_bos_token_id audio_end_token_id audio_eos_token_id
    audio_length_per_tok audio_pad_token_id audio_soft_tokens_per_image audio_start_token_id
    audio_token_id audio_token_offset audio_vocab_size autocast_kernel_dtype aux_loss_alpha
    aux_loss_coef backbone_hidden_size bad_words_ids batch_prioritized_routing
    batch_vision_input begin_suppress_tokens bf16 bias bnb_4bit_compute_dtype boa_token_id
    boi_token_id calc_logits_for_entire_prompt capacity_factor char_vocab_size clamp_len
    clamp_min class_num classifier_activation classifier_bias classifier_dropout
    classifier_dropout_prob classifier_dropout_rate classifier_proj_size cls_token_id
    codebook_vocab_size composer_vocab_size context_length d_ff d_model default_language
    default_num_delay_tokens delay_load dense_act_fn dense_intermediate_size dense_list
    diffusion_loss_weight dim disable_ngram_loss diversity_penalty do_image_splitting do_sample
    dropout dropout_p dropout_rate dtype early_stopping emb_dim emb_drop emb_dropout_prob
    emb_pdrop embd_pdrop embed_dim embed_init_std embedding_dim embedding_dropout
    embedding_fraction embedding_initializer_range embedding_multiplier_scale embedding_scale
    embedding_size embeddings_scale_by_sqrt_dim enable_audio_output enable_bias
    enable_moe_fp32_combine enable_pronunciation enable_shape end_n_top eoa_token_id
    eod_token_id eoi_token_id eps expansion_ratio expert_capacity expert_dtype
    expert_ffn_hidden_size expert_intermediate_size expert_selection_fn experts_per_token
    exponential_decay_length_penalty fc_type feat_extract_activation feat_extract_norm
    feat_proj_dropout feature_projection_input_dim feed_forward_size ff_activation ffn_dim
    ffn_dim_divisor ffn_dim_multiplier ffn_hidden_size ffn_inter_padding_size ffn_multipliers
    ffn_round_up_to_multiple_of ffn_with_glu final_w_init_variance_scale finetuning_task
    flash_rotary force_sample forced_bos_token_id forced_eos_token_id fp16 fp32
    frame_end_token_id frame_size frame_start_token_id freeze_mm_mlp_adapter
    freeze_mm_vision_resampler fused_add_norm fused_dense fused_mlp fused_rotary gate_soft_cap
    gated_norm_rank gelu_activation has_lora_adapter hash_seed hc_eps hc_magnitude hc_mult
    hidden_act hidden_activation hidden_dim hidden_dropout_prob hidden_ratio hidden_size
    high_res_vision_config im_end_id im_end_token_id im_newline_id im_start_id
    im_start_token_id image_aspect_ratio image_bos_token_id image_crop_resolution image_end_id
    image_end_token_id image_patch_id image_placeholder image_size image_start_id
    image_start_token_id image_text_hidden_size image_token_offset img_processor include_bias
    init_config init_cutoff_factor init_device init_method init_std initial_context_length
    initializer_cutoff_factor initializer_factor initializer_range input_channels
    input_embedding_size input_feat_per_channel input_jitter_noise inter_size
    intermediate_multiple_size intermediate_size intermediate_size_mlp internal_version
    interpolate_factor is_gated_act is_moe key_multiplier label_smoothing lambda_std_dev
    lang_embed_dim language_model_only languages leaky_relu_slope learned_pos_emb
    left_max_position_embeddings length_penalty llama_4_scaling ln_before_adapter load_in_4bit
    load_in_8bit logit_scale logit_scale_init_value logits_mup_width_multiplier logits_soft_cap
    logn loss_reduction low_res_image_start_token_id make_ngram_vocab_size_divisible_by
    mask_feature_length mask_feature_min_masks mask_feature_prob mask_init_id mask_time_length
    mask_time_min_masks mask_time_prob masked_softmax_fusion max_2d_position_embeddings
    max_action_dim max_context_length max_dynamic_patch max_length max_new_tokens
    max_patch_length max_sequence_length max_source_positions max_speech_positions
    max_target_positions max_text_positions media_placeholder_token_id min_dynamic_patch
    min_length mlp_alpha_factor mlp_beta_factor mlp_bias mlp_dropout mlp_gate_softcap
    mlp_hidden_act mlp_hidden_size mlp_multipliers mlp_ratio mlp_structure mlp_type
    mlp_up_softcap mm_newline_position mm_projector_lr mm_projector_type mm_resampler_type
    mm_tunable_parts mm_use_im_patch_token mm_use_im_start_end mm_vision_select_feature
    mm_vision_tower mm_vision_tower_lr model_dim model_type moe_drop_tokens
    moe_eval_capacity_token_fraction moe_gate moe_hidden_size moe_intermediate_size moe_k
    moe_norm_min moe_num_experts moe_random_routing_dropped_token moe_renormalize
    moe_routed_scaling_factor moe_router_activation_func moe_router_dtype
    moe_router_logit_softcapping moe_router_scaling_factor moe_token_dropout moe_topk
    moe_use_aux_free mscale multimodal_max_length multiple_of mup_denominator mup_enabled n_ctx
    n_embd n_embed n_inner n_langs n_positions n_routed_experts newline_id ngpt_alpha_init
    ngram_vocab_size_base norm_after norm_bias norm_cfg norm_eps norm_epsilon
    norm_reduction_force_float32 norm_topk_prob norm_type normalization_function
    normalize_qk_projections normalize_router_prob_before_dropping num_beams num_channels
    num_chroma num_codebooks num_experts num_experts_per_tok num_experts_per_token
    num_image_tokens num_image_with_embedding num_labels num_mel_bins num_return_sequences
    offset_alibi onnx_safe org_vocab_size original_max_position_embeddings original_rope
    out_hidden_size output_embedding_size output_gate_type output_logit_soft_cap
    output_multiplier output_multiplier_scale output_past output_router_logits output_scores
    output_vocab_size pad_token_id pad_vocab_size_multiple padded_vocab_size param_init_fn
    params_dtype patch_size pos_emb position_bias_max_distance position_embedding_type
    position_embedding_xdrope position_embeddings_type position_id_per_seconds
    positional_dropout post_norm_eps pre_norm prefix prefix_dense_intermediate_size
    problem_type projection_dim projection_hidden_size projector_bias projector_dropout
    projector_hidden_size projectors_bias pronunciation_embed_dim pronunciation_vocab_size
    ps_version qk_l2_clip_threshold qk_norm_type qk_scale_factor quant_method quantization_bit
    recompute_granularity rel_l2_clip_threshold relative_bias_args relative_max_distance
    remove_invalid_values repetition_penalty resampler_ff_mult rescale_embeddings resid_dropout
    resid_pdrop return_dict return_dict_in_generate right_max_position_embeddings rms_norm
    rms_norm_eps rms_norm_eps_moe_gate rope rope_3d rope_alpha rope_base rope_fusion
    rope_max_length rope_pct rope_scaling_factor rope_theta rope_type rotary_base rotary_dim
    rotary_embedding_base rotary_pct rotary_value route_scale routed_expert_hidden_size
    routed_scaling_factor router_bias router_dtype router_hidden_size
    router_ignore_padding_tokens router_jitter_noise router_scaling_factor router_z_loss_coef
    sampling_rate scale_embedding scale_logits scoring_func second_expert_policy seed seq_aux
    shape_embed_dim shape_vocab_size sinusoidal_embeddings slice_config slice_end_id slice_mode
    slice_start_id slow_but_exact speaker_embedding_dim speech_lora spkr_embed_dim
    src_vocab_size start_n_top suppress_tokens swiglu_alpha swiglu_limit swiglu_limits
    swin_norm system_token_id t2u_bos_token_id t2u_eos_token_id t2u_max_new_tokens
    t2u_max_position_embeddings t2u_pad_token_id t2u_variance_pred_dropout
    t2u_variance_predictor_embed_dim t2u_variance_predictor_hidden_dim
    t2u_variance_predictor_kernel_size t2u_vocab_size task_type_vocab_size temperature template
    text_end_id text_start_id tf_legacy_loss tgt_vocab_size tile_size time_sampling_beta_alpha
    time_sampling_beta_beta time_sampling_offset time_sampling_scale timestamp_token_id
    token_classification_bias tokenizer_model_max_length tokenizer_padding_side
    tokenizer_prepend_bos tokenizer_type top_k top_k_experts top_p topk_method torch_dtype
    torchscript training_dtype training_seqlen transformers_version tts_bos_token_id
    tts_eos_token_id tts_pad_token_id tune_mm_mlp_adapter type_vocab_size typical_p
    unfreeze_mm_vision_tower unit_embed_dim unit_hifi_gan_vocab_size unk_token_id
    unpadded_vocab_size unsloth_fixed unsloth_version upsample_initial_channel
    upsample_kernel_sizes upsample_rates use_associative_scan use_bias use_expert_bias
    use_fused_rms_norm use_fused_rope use_gemma_norm use_hf_tokenizer use_image_id use_lang_emb
    use_learned_position_embeddings use_mlp_bias use_mm_proj use_moe use_moe_router_bias
    use_mrope use_output_gate use_pos_enc use_prompt use_recompute use_resampler use_rms_norm
    use_rotary_pos_emb use_routing_bias use_sandwich_norm use_scaled_rope use_swiglu
    use_task_id use_tiktoken user_token_id var_pred_dropout variance_predictor_kernel_size
    verbose version video_end_token_id video_placeholder video_seq_length video_start_token_id
    video_temporal_patch_size video_token_id virtual_pp_degree vision_aspect_ratio
    vision_end_token_id vision_hidden_size vision_lora vision_soft_tokens_per_image
    vision_tower vision_tower_pretrained vision_use_cls_token visual_tokenizer_config
    vocab_size vocabulary_map vocoder_num_langs vocoder_num_spkrs vocoder_offset
    w_init_variance_scale weight_tying word_embed_proj_dim word_timestamp_config yarn
    z_loss_coefficient z_loss_weight zero_expert_num
    """
)
