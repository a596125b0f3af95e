func.func private @m_prefill_0_embed(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = llvm.mlir.zero : !llvm.ptr
  %v1 = llvm.getelementptr %env[80] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %env[88] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.load %v3 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v5 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v6 = llvm.load %v5 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v7 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v8 = llvm.load %v7 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v9 = llvm.getelementptr %v8[32768] : (!llvm.ptr) -> !llvm.ptr, i8
  func.call @embed_64_q4_no_no_1_avx512vnni(%v2, %v4, %v6, %c0, %c0, %v9, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> ()
  return
}
func.func private @m_prefill_1_rmsnorm(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 23552 : i64
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[32768] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %v5[28160] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = arith.subi %layer, %c0 : i64
  %v8 = arith.muli %v7, %c1 : i64
  %v9 = llvm.getelementptr %v6[%v8] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v10 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v11 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v12 = llvm.getelementptr %v11[49152] : (!llvm.ptr) -> !llvm.ptr, i8
  func.call @rmsnorm_64_q8_1em05_avx512vnni(%v3, %v9, %v12, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> ()
  return
}
func.func private @m_prefill_2_matmul(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = llvm.mlir.zero : !llvm.ptr
  %c1 = arith.constant 0 : i64
  %c2 = arith.constant 23552 : i64
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[49152] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v8 = llvm.getelementptr %v7[28416] : (!llvm.ptr) -> !llvm.ptr, i8
  %v9 = arith.subi %layer, %c1 : i64
  %v10 = arith.muli %v9, %c2 : i64
  %v11 = llvm.getelementptr %v8[%v10] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v12 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
  %v13 = llvm.load %v12 {alignment = 1 : i64} : !llvm.ptr -> i64
  func.call @matmul_k64_n128_q4_q8_f32_avx512vnni(%v3, %v5, %c0, %v11, %c0, %v13, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  return
}
func.func private @m_prefill_3_rope_kv(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = llvm.mlir.zero : !llvm.ptr
  %c1 = arith.constant 2048 : i64
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %env[88] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.load %v3 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v5 = llvm.getelementptr %env[96] : (!llvm.ptr) -> !llvm.ptr, i8
  %v6 = llvm.load %v5 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v7 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v8 = llvm.load %v7 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v9 = llvm.getelementptr %v8[11520] : (!llvm.ptr) -> !llvm.ptr, i8
  %v10 = llvm.getelementptr %env[24] : (!llvm.ptr) -> !llvm.ptr, i8
  %v11 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v12 = arith.muli %layer, %c1 : i64
  %v13 = llvm.getelementptr %v11[%v12] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v14 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v15 = llvm.load %v14 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v16 = llvm.getelementptr %v15[49152] : (!llvm.ptr) -> !llvm.ptr, i8
  func.call @rope_kv_interleaved_4_2x16_p16_l2_f16_avx512vnni(%v2, %v4, %v6, %v9, %c0, %c0, %v13, %v16, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> ()
  return
}
func.func private @m_prefill_4_attention(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 2048 : i64
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[49152] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[104] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %env[112] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v8 = llvm.getelementptr %env[128] : (!llvm.ptr) -> !llvm.ptr, i8
  %v9 = llvm.load %v8 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v10 = llvm.getelementptr %env[24] : (!llvm.ptr) -> !llvm.ptr, i8
  %v11 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v12 = arith.muli %layer, %c0 : i64
  %v13 = llvm.getelementptr %v11[%v12] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v14 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v15 = llvm.load %v14 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v16 = llvm.getelementptr %env[120] : (!llvm.ptr) -> !llvm.ptr, i8
  %v17 = llvm.load %v16 {alignment = 1 : i64} : !llvm.ptr -> i64
  func.call @attention_causal_4_2x16_p16_l2_f16_0p25_f32_r16_avx512vnni(%v3, %v5, %v7, %v9, %v13, %v15, %v17, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  return
}
func.func private @m_prefill_5_activate(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.load %v3 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v5 = llvm.getelementptr %v4[16384] : (!llvm.ptr) -> !llvm.ptr, i8
  func.call @activate_none_64_q8_avx512vnni(%v2, %v5, %begin, %end) : (!llvm.ptr, !llvm.ptr, i64, i64) -> ()
  return
}
func.func private @m_prefill_6_matmul(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 23552 : i64
  %c2 = llvm.mlir.zero : !llvm.ptr
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[16384] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %v5[32768] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v8 = llvm.load %v7 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v9 = llvm.getelementptr %v8[32768] : (!llvm.ptr) -> !llvm.ptr, i8
  %v10 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v11 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v12 = llvm.getelementptr %v11[33536] : (!llvm.ptr) -> !llvm.ptr, i8
  %v13 = arith.subi %layer, %c0 : i64
  %v14 = arith.muli %v13, %c1 : i64
  %v15 = llvm.getelementptr %v12[%v14] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v16 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
  %v17 = llvm.load %v16 {alignment = 1 : i64} : !llvm.ptr -> i64
  func.call @matmul_k64_n64_q4_q8_f32_residual_avx512vnni(%v3, %v6, %v9, %v15, %c2, %v17, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  return
}
func.func private @m_prefill_7_rmsnorm(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 23552 : i64
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[32768] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %v5[36096] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = arith.subi %layer, %c0 : i64
  %v8 = arith.muli %v7, %c1 : i64
  %v9 = llvm.getelementptr %v6[%v8] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v10 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v11 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v12 = llvm.getelementptr %v11[12288] : (!llvm.ptr) -> !llvm.ptr, i8
  func.call @rmsnorm_64_q8_1em05_avx512vnni(%v3, %v9, %v12, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> ()
  return
}
func.func private @m_prefill_8_matmul(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = llvm.mlir.zero : !llvm.ptr
  %c1 = arith.constant 0 : i64
  %c2 = arith.constant 23552 : i64
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[12288] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v8 = llvm.getelementptr %v7[36352] : (!llvm.ptr) -> !llvm.ptr, i8
  %v9 = arith.subi %layer, %c1 : i64
  %v10 = arith.muli %v9, %c2 : i64
  %v11 = llvm.getelementptr %v8[%v10] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v12 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
  %v13 = llvm.load %v12 {alignment = 1 : i64} : !llvm.ptr -> i64
  func.call @matmul_k64_n256_q4_q8_q8_glu_silu_avx512vnni(%v3, %v5, %c0, %v11, %c0, %v13, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  return
}
func.func private @m_prefill_9_matmul(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 23552 : i64
  %c2 = llvm.mlir.zero : !llvm.ptr
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.load %v3 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v5 = llvm.getelementptr %v4[32768] : (!llvm.ptr) -> !llvm.ptr, i8
  %v6 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v8 = llvm.getelementptr %v7[32768] : (!llvm.ptr) -> !llvm.ptr, i8
  %v9 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v10 = llvm.load %v9 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v11 = llvm.getelementptr %v10[46592] : (!llvm.ptr) -> !llvm.ptr, i8
  %v12 = arith.subi %layer, %c0 : i64
  %v13 = arith.muli %v12, %c1 : i64
  %v14 = llvm.getelementptr %v11[%v13] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v15 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
  %v16 = llvm.load %v15 {alignment = 1 : i64} : !llvm.ptr -> i64
  func.call @matmul_k128_n64_q4_q8_f32_residual_avx512vnni(%v2, %v5, %v8, %v14, %c2, %v16, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  return
}
func.func private @m_prefill_10_select_rows(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[32768] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[136] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  func.call @select_rows_256(%v3, %v5, %v7, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> ()
  return
}
func.func private @m_prefill_11_rmsnorm(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.load %v3 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v5 = llvm.getelementptr %v4[27904] : (!llvm.ptr) -> !llvm.ptr, i8
  %v6 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v8 = llvm.getelementptr %v7[4608] : (!llvm.ptr) -> !llvm.ptr, i8
  func.call @rmsnorm_64_q8_1em05_avx512vnni(%v2, %v5, %v8, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> ()
  return
}
func.func private @m_prefill_12_matmul(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = llvm.mlir.zero : !llvm.ptr
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[4608] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v8 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v9 = llvm.load %v8 {alignment = 1 : i64} : !llvm.ptr -> i64
  func.call @matmul_k64_n288_q4_q8_f32_avx512vnni(%v3, %v5, %c0, %v7, %c0, %v9, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  return
}
func.func @m_prefill(%env: !llvm.ptr) {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %c2 = arith.constant 9 : i64
  %c3 = arith.constant 2 : i64
  %c4 = arith.constant 4 : i64
  %c5 = arith.constant 3 : i64
  %c6 = arith.constant 5 : i64
  %c7 = arith.constant 6 : i64
  %c8 = arith.constant 7 : i64
  %c9 = arith.constant 8 : i64
  %c10 = arith.constant 19 : i64
  %c11 = arith.constant 20 : i64
  %c12 = arith.constant 21 : i64
  %v1 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v3 = arith.muli %v2, %c1 : i64
  %v4 = arith.muli %v3, %c1 : i64
  %v5 = func.constant @m_prefill_0_embed : (!llvm.ptr, i64, i64, i64) -> ()
  func.call @parallel(%env, %c0, %c0, %v4, %v5) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  scf.for %i6 = %c0 to %c3 step %c1 : i64 {
    %v8 = arith.muli %i6, %c2 : i64
    %v9 = arith.addi %v8, %c1 : i64
    %v10 = arith.addi %i6, %c0 : i64
    %v11 = arith.addi %v9, %c0 : i64
    %v12 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v13 = llvm.load %v12 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v14 = arith.muli %v13, %c1 : i64
    %v15 = arith.muli %v14, %c1 : i64
    %v16 = func.constant @m_prefill_1_rmsnorm : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v11, %v10, %v15, %v16) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v17 = arith.addi %v9, %c1 : i64
    %v18 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v19 = llvm.load %v18 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v20 = arith.cmpi sgt, %v19, %c0 : i64
    %v21 = arith.select %v20, %c4, %c0 : i64
    %v22 = func.constant @m_prefill_2_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v17, %v10, %v21, %v22) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v23 = arith.addi %v9, %c3 : i64
    %v24 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v25 = llvm.load %v24 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v26 = arith.muli %v25, %c1 : i64
    %v27 = arith.muli %v26, %c1 : i64
    %v28 = func.constant @m_prefill_3_rope_kv : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v23, %v10, %v27, %v28) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v29 = arith.addi %v9, %c5 : i64
    %v30 = llvm.getelementptr %env[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v31 = llvm.load %v30 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v32 = arith.muli %v31, %c3 : i64
    %v33 = arith.muli %v32, %c1 : i64
    %v34 = func.constant @m_prefill_4_attention : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v29, %v10, %v33, %v34) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v35 = arith.addi %v9, %c4 : i64
    %v36 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v37 = llvm.load %v36 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v38 = arith.muli %v37, %c1 : i64
    %v39 = arith.muli %v38, %c1 : i64
    %v40 = func.constant @m_prefill_5_activate : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v35, %v10, %v39, %v40) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v41 = arith.addi %v9, %c6 : i64
    %v42 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v43 = llvm.load %v42 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v44 = arith.cmpi sgt, %v43, %c0 : i64
    %v45 = arith.select %v44, %c3, %c0 : i64
    %v46 = func.constant @m_prefill_6_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v41, %v10, %v45, %v46) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v47 = arith.addi %v9, %c7 : i64
    %v48 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v49 = llvm.load %v48 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v50 = arith.muli %v49, %c1 : i64
    %v51 = arith.muli %v50, %c1 : i64
    %v52 = func.constant @m_prefill_7_rmsnorm : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v47, %v10, %v51, %v52) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v53 = arith.addi %v9, %c8 : i64
    %v54 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v55 = llvm.load %v54 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v56 = arith.cmpi sgt, %v55, %c0 : i64
    %v57 = arith.select %v56, %c4, %c0 : i64
    %v58 = func.constant @m_prefill_8_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v53, %v10, %v57, %v58) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v59 = arith.addi %v9, %c9 : i64
    %v60 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v61 = llvm.load %v60 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v62 = arith.cmpi sgt, %v61, %c0 : i64
    %v63 = arith.select %v62, %c3, %c0 : i64
    %v64 = func.constant @m_prefill_9_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v59, %v10, %v63, %v64) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  }
  %v65 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v66 = llvm.load %v65 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v67 = arith.muli %v66, %c1 : i64
  %v68 = arith.muli %v67, %c1 : i64
  %v69 = func.constant @m_prefill_10_select_rows : (!llvm.ptr, i64, i64, i64) -> ()
  func.call @parallel(%env, %c10, %c0, %v68, %v69) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  %v70 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v71 = llvm.load %v70 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v72 = arith.muli %v71, %c1 : i64
  %v73 = arith.muli %v72, %c1 : i64
  %v74 = func.constant @m_prefill_11_rmsnorm : (!llvm.ptr, i64, i64, i64) -> ()
  func.call @parallel(%env, %c11, %c0, %v73, %v74) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  %v75 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v76 = llvm.load %v75 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v77 = arith.cmpi sgt, %v76, %c0 : i64
  %v78 = arith.select %v77, %c2, %c0 : i64
  %v79 = func.constant @m_prefill_12_matmul : (!llvm.ptr, i64, i64, i64) -> ()
  func.call @parallel(%env, %c12, %c0, %v78, %v79) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  return
}

func.func private @m_decode_0_embed(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = llvm.mlir.zero : !llvm.ptr
  %v1 = llvm.getelementptr %env[80] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %env[88] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.load %v3 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v5 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v6 = llvm.load %v5 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v7 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v8 = llvm.load %v7 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v9 = llvm.getelementptr %v8[2048] : (!llvm.ptr) -> !llvm.ptr, i8
  func.call @embed_64_q4_no_no_1_avx512vnni(%v2, %v4, %v6, %c0, %c0, %v9, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> ()
  return
}
func.func private @m_decode_1_rmsnorm(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 23552 : i64
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[2048] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %v5[28160] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = arith.subi %layer, %c0 : i64
  %v8 = arith.muli %v7, %c1 : i64
  %v9 = llvm.getelementptr %v6[%v8] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v10 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v11 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v12 = llvm.getelementptr %v11[3072] : (!llvm.ptr) -> !llvm.ptr, i8
  func.call @rmsnorm_64_q8_1em05_avx512vnni(%v3, %v9, %v12, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> ()
  return
}
func.func private @m_decode_2_matmul(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = llvm.mlir.zero : !llvm.ptr
  %c1 = arith.constant 0 : i64
  %c2 = arith.constant 23552 : i64
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[3072] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v8 = llvm.getelementptr %v7[28416] : (!llvm.ptr) -> !llvm.ptr, i8
  %v9 = arith.subi %layer, %c1 : i64
  %v10 = arith.muli %v9, %c2 : i64
  %v11 = llvm.getelementptr %v8[%v10] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v12 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
  %v13 = llvm.load %v12 {alignment = 1 : i64} : !llvm.ptr -> i64
  func.call @matmul_k64_n128_q4_q8_f32_avx512vnni(%v3, %v5, %c0, %v11, %c0, %v13, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  return
}
func.func private @m_decode_3_rope_kv(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = llvm.mlir.zero : !llvm.ptr
  %c1 = arith.constant 2048 : i64
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %env[88] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.load %v3 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v5 = llvm.getelementptr %env[96] : (!llvm.ptr) -> !llvm.ptr, i8
  %v6 = llvm.load %v5 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v7 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v8 = llvm.load %v7 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v9 = llvm.getelementptr %v8[11520] : (!llvm.ptr) -> !llvm.ptr, i8
  %v10 = llvm.getelementptr %env[24] : (!llvm.ptr) -> !llvm.ptr, i8
  %v11 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v12 = arith.muli %layer, %c1 : i64
  %v13 = llvm.getelementptr %v11[%v12] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v14 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v15 = llvm.load %v14 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v16 = llvm.getelementptr %v15[3072] : (!llvm.ptr) -> !llvm.ptr, i8
  func.call @rope_kv_interleaved_4_2x16_p16_l2_f16_avx512vnni(%v2, %v4, %v6, %v9, %c0, %c0, %v13, %v16, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> ()
  return
}
func.func private @m_decode_4_attention(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 2048 : i64
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[3072] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[104] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %env[112] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v8 = llvm.getelementptr %env[128] : (!llvm.ptr) -> !llvm.ptr, i8
  %v9 = llvm.load %v8 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v10 = llvm.getelementptr %env[24] : (!llvm.ptr) -> !llvm.ptr, i8
  %v11 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v12 = arith.muli %layer, %c0 : i64
  %v13 = llvm.getelementptr %v11[%v12] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v14 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v15 = llvm.load %v14 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v16 = llvm.getelementptr %env[120] : (!llvm.ptr) -> !llvm.ptr, i8
  %v17 = llvm.load %v16 {alignment = 1 : i64} : !llvm.ptr -> i64
  func.call @attention_causal_4_2x16_p16_l2_f16_0p25_f32_r16_avx512vnni(%v3, %v5, %v7, %v9, %v13, %v15, %v17, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  return
}
func.func private @m_decode_5_activate(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.load %v3 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v5 = llvm.getelementptr %v4[1024] : (!llvm.ptr) -> !llvm.ptr, i8
  func.call @activate_none_64_q8_avx512vnni(%v2, %v5, %begin, %end) : (!llvm.ptr, !llvm.ptr, i64, i64) -> ()
  return
}
func.func private @m_decode_6_matmul(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 23552 : i64
  %c2 = llvm.mlir.zero : !llvm.ptr
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[1024] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %v5[2048] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v8 = llvm.load %v7 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v9 = llvm.getelementptr %v8[2048] : (!llvm.ptr) -> !llvm.ptr, i8
  %v10 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v11 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v12 = llvm.getelementptr %v11[33536] : (!llvm.ptr) -> !llvm.ptr, i8
  %v13 = arith.subi %layer, %c0 : i64
  %v14 = arith.muli %v13, %c1 : i64
  %v15 = llvm.getelementptr %v12[%v14] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v16 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
  %v17 = llvm.load %v16 {alignment = 1 : i64} : !llvm.ptr -> i64
  func.call @matmul_k64_n64_q4_q8_f32_residual_avx512vnni(%v3, %v6, %v9, %v15, %c2, %v17, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  return
}
func.func private @m_decode_7_rmsnorm(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 23552 : i64
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[2048] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %v5[36096] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = arith.subi %layer, %c0 : i64
  %v8 = arith.muli %v7, %c1 : i64
  %v9 = llvm.getelementptr %v6[%v8] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v10 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v11 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v12 = llvm.getelementptr %v11[768] : (!llvm.ptr) -> !llvm.ptr, i8
  func.call @rmsnorm_64_q8_1em05_avx512vnni(%v3, %v9, %v12, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> ()
  return
}
func.func private @m_decode_8_matmul(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = llvm.mlir.zero : !llvm.ptr
  %c1 = arith.constant 0 : i64
  %c2 = arith.constant 23552 : i64
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[768] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v8 = llvm.getelementptr %v7[36352] : (!llvm.ptr) -> !llvm.ptr, i8
  %v9 = arith.subi %layer, %c1 : i64
  %v10 = arith.muli %v9, %c2 : i64
  %v11 = llvm.getelementptr %v8[%v10] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v12 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
  %v13 = llvm.load %v12 {alignment = 1 : i64} : !llvm.ptr -> i64
  func.call @matmul_k64_n256_q4_q8_q8_glu_silu_avx512vnni(%v3, %v5, %c0, %v11, %c0, %v13, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  return
}
func.func private @m_decode_9_matmul(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 23552 : i64
  %c2 = llvm.mlir.zero : !llvm.ptr
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.load %v3 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v5 = llvm.getelementptr %v4[2048] : (!llvm.ptr) -> !llvm.ptr, i8
  %v6 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v8 = llvm.getelementptr %v7[2048] : (!llvm.ptr) -> !llvm.ptr, i8
  %v9 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v10 = llvm.load %v9 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v11 = llvm.getelementptr %v10[46592] : (!llvm.ptr) -> !llvm.ptr, i8
  %v12 = arith.subi %layer, %c0 : i64
  %v13 = arith.muli %v12, %c1 : i64
  %v14 = llvm.getelementptr %v11[%v13] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v15 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
  %v16 = llvm.load %v15 {alignment = 1 : i64} : !llvm.ptr -> i64
  func.call @matmul_k128_n64_q4_q8_f32_residual_avx512vnni(%v2, %v5, %v8, %v14, %c2, %v16, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  return
}
func.func private @m_decode_10_select_rows(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[2048] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[136] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  func.call @select_rows_256(%v3, %v5, %v7, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> ()
  return
}
func.func private @m_decode_11_rmsnorm(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.load %v3 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v5 = llvm.getelementptr %v4[27904] : (!llvm.ptr) -> !llvm.ptr, i8
  %v6 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v8 = llvm.getelementptr %v7[4608] : (!llvm.ptr) -> !llvm.ptr, i8
  func.call @rmsnorm_64_q8_1em05_avx512vnni(%v2, %v5, %v8, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> ()
  return
}
func.func private @m_decode_12_matmul(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = llvm.mlir.zero : !llvm.ptr
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[4608] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v8 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v9 = llvm.load %v8 {alignment = 1 : i64} : !llvm.ptr -> i64
  func.call @matmul_k64_n288_q4_q8_f32_avx512vnni(%v3, %v5, %c0, %v7, %c0, %v9, %begin, %end) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  return
}
func.func @m_decode(%env: !llvm.ptr) {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %c2 = arith.constant 9 : i64
  %c3 = arith.constant 2 : i64
  %c4 = arith.constant 4 : i64
  %c5 = arith.constant 3 : i64
  %c6 = arith.constant 5 : i64
  %c7 = arith.constant 6 : i64
  %c8 = arith.constant 7 : i64
  %c9 = arith.constant 8 : i64
  %c10 = arith.constant 19 : i64
  %c11 = arith.constant 20 : i64
  %c12 = arith.constant 21 : i64
  %v1 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v3 = arith.muli %v2, %c1 : i64
  %v4 = arith.muli %v3, %c1 : i64
  %v5 = func.constant @m_decode_0_embed : (!llvm.ptr, i64, i64, i64) -> ()
  func.call @parallel(%env, %c0, %c0, %v4, %v5) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  scf.for %i6 = %c0 to %c3 step %c1 : i64 {
    %v8 = arith.muli %i6, %c2 : i64
    %v9 = arith.addi %v8, %c1 : i64
    %v10 = arith.addi %i6, %c0 : i64
    %v11 = arith.addi %v9, %c0 : i64
    %v12 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v13 = llvm.load %v12 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v14 = arith.muli %v13, %c1 : i64
    %v15 = arith.muli %v14, %c1 : i64
    %v16 = func.constant @m_decode_1_rmsnorm : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v11, %v10, %v15, %v16) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v17 = arith.addi %v9, %c1 : i64
    %v18 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v19 = llvm.load %v18 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v20 = arith.cmpi sgt, %v19, %c0 : i64
    %v21 = arith.select %v20, %c4, %c0 : i64
    %v22 = func.constant @m_decode_2_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v17, %v10, %v21, %v22) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v23 = arith.addi %v9, %c3 : i64
    %v24 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v25 = llvm.load %v24 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v26 = arith.muli %v25, %c1 : i64
    %v27 = arith.muli %v26, %c1 : i64
    %v28 = func.constant @m_decode_3_rope_kv : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v23, %v10, %v27, %v28) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v29 = arith.addi %v9, %c5 : i64
    %v30 = llvm.getelementptr %env[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v31 = llvm.load %v30 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v32 = arith.muli %v31, %c3 : i64
    %v33 = arith.muli %v32, %c1 : i64
    %v34 = func.constant @m_decode_4_attention : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v29, %v10, %v33, %v34) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v35 = arith.addi %v9, %c4 : i64
    %v36 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v37 = llvm.load %v36 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v38 = arith.muli %v37, %c1 : i64
    %v39 = arith.muli %v38, %c1 : i64
    %v40 = func.constant @m_decode_5_activate : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v35, %v10, %v39, %v40) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v41 = arith.addi %v9, %c6 : i64
    %v42 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v43 = llvm.load %v42 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v44 = arith.cmpi sgt, %v43, %c0 : i64
    %v45 = arith.select %v44, %c3, %c0 : i64
    %v46 = func.constant @m_decode_6_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v41, %v10, %v45, %v46) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v47 = arith.addi %v9, %c7 : i64
    %v48 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v49 = llvm.load %v48 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v50 = arith.muli %v49, %c1 : i64
    %v51 = arith.muli %v50, %c1 : i64
    %v52 = func.constant @m_decode_7_rmsnorm : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v47, %v10, %v51, %v52) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v53 = arith.addi %v9, %c8 : i64
    %v54 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v55 = llvm.load %v54 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v56 = arith.cmpi sgt, %v55, %c0 : i64
    %v57 = arith.select %v56, %c4, %c0 : i64
    %v58 = func.constant @m_decode_8_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v53, %v10, %v57, %v58) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v59 = arith.addi %v9, %c9 : i64
    %v60 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v61 = llvm.load %v60 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v62 = arith.cmpi sgt, %v61, %c0 : i64
    %v63 = arith.select %v62, %c3, %c0 : i64
    %v64 = func.constant @m_decode_9_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v59, %v10, %v63, %v64) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  }
  %v65 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v66 = llvm.load %v65 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v67 = arith.muli %v66, %c1 : i64
  %v68 = arith.muli %v67, %c1 : i64
  %v69 = func.constant @m_decode_10_select_rows : (!llvm.ptr, i64, i64, i64) -> ()
  func.call @parallel(%env, %c10, %c0, %v68, %v69) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  %v70 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v71 = llvm.load %v70 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v72 = arith.muli %v71, %c1 : i64
  %v73 = arith.muli %v72, %c1 : i64
  %v74 = func.constant @m_decode_11_rmsnorm : (!llvm.ptr, i64, i64, i64) -> ()
  func.call @parallel(%env, %c11, %c0, %v73, %v74) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  %v75 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v76 = llvm.load %v75 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v77 = arith.cmpi sgt, %v76, %c0 : i64
  %v78 = arith.select %v77, %c2, %c0 : i64
  %v79 = func.constant @m_decode_12_matmul : (!llvm.ptr, i64, i64, i64) -> ()
  func.call @parallel(%env, %c12, %c0, %v78, %v79) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  return
}


