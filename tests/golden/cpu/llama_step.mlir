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
  %c3 = arith.constant 4 : i64
  %c4 = arith.constant 128 : i64
  %c5 = arith.constant 1 : i64
  %c6 = arith.constant 256 : i64
  %c7 = arith.constant 512 : i64
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
  %v14 = arith.divui %begin, %c3 : i64
  %v15 = arith.ceildivui %end, %c3 : i64
  scf.for %i16 = %v14 to %v15 step %c5 : i64 {
    %v18 = arith.muli %i16, %c4 : i64
    %v19 = arith.muli %i16, %c3 : i64
    %v20 = arith.subi %v13, %v18 : i64
    %v21 = arith.cmpi slt, %v20, %c6 : i64
    %v22 = arith.muli %v18, %c4 : i64
    %v23 = llvm.getelementptr %v3[%v22] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v24 = arith.muli %v18, %c7 : i64
    %v25 = llvm.getelementptr %v5[%v24] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v26 = arith.select %v21, %v20, %c4 : i64
    %v27 = arith.subi %begin, %v19 : i64
    %v28 = arith.maxsi %v27, %c1 : i64
    %v29 = arith.subi %end, %v19 : i64
    %v30 = arith.minsi %v29, %c3 : i64
    func.call @matmul_k64_n128_q4_q8_f32_avx512vnni(%v23, %v25, %c0, %v11, %c0, %v26, %v28, %v30) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  }
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
  %c3 = arith.constant 2 : i64
  %c4 = arith.constant 128 : i64
  %c5 = arith.constant 1 : i64
  %c6 = arith.constant 256 : i64
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
  %v18 = arith.divui %begin, %c3 : i64
  %v19 = arith.ceildivui %end, %c3 : i64
  scf.for %i20 = %v18 to %v19 step %c5 : i64 {
    %v22 = arith.muli %i20, %c4 : i64
    %v23 = arith.muli %i20, %c3 : i64
    %v24 = arith.subi %v17, %v22 : i64
    %v25 = arith.cmpi slt, %v24, %c6 : i64
    %v26 = arith.muli %v22, %c4 : i64
    %v27 = llvm.getelementptr %v3[%v26] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v28 = arith.muli %v22, %c6 : i64
    %v29 = llvm.getelementptr %v6[%v28] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v30 = arith.muli %v22, %c6 : i64
    %v31 = llvm.getelementptr %v9[%v30] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v32 = arith.select %v25, %v24, %c4 : i64
    %v33 = arith.subi %begin, %v23 : i64
    %v34 = arith.maxsi %v33, %c0 : i64
    %v35 = arith.subi %end, %v23 : i64
    %v36 = arith.minsi %v35, %c3 : i64
    func.call @matmul_k64_n64_q4_q8_f32_residual_avx512vnni(%v27, %v29, %v31, %v15, %c2, %v32, %v34, %v36) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  }
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
  %c3 = arith.constant 4 : i64
  %c4 = arith.constant 128 : i64
  %c5 = arith.constant 1 : i64
  %c6 = arith.constant 256 : i64
  %c7 = arith.constant 192 : i64
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
  %v14 = arith.divui %begin, %c3 : i64
  %v15 = arith.ceildivui %end, %c3 : i64
  scf.for %i16 = %v14 to %v15 step %c5 : i64 {
    %v18 = arith.muli %i16, %c4 : i64
    %v19 = arith.muli %i16, %c3 : i64
    %v20 = arith.subi %v13, %v18 : i64
    %v21 = arith.cmpi slt, %v20, %c6 : i64
    %v22 = arith.muli %v18, %c4 : i64
    %v23 = llvm.getelementptr %v3[%v22] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v24 = arith.muli %v18, %c7 : i64
    %v25 = llvm.getelementptr %v5[%v24] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v26 = arith.select %v21, %v20, %c4 : i64
    %v27 = arith.subi %begin, %v19 : i64
    %v28 = arith.maxsi %v27, %c1 : i64
    %v29 = arith.subi %end, %v19 : i64
    %v30 = arith.minsi %v29, %c3 : i64
    func.call @matmul_k64_n256_q4_q8_q8_glu_silu_avx512vnni(%v23, %v25, %c0, %v11, %c0, %v26, %v28, %v30) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  }
  return
}
func.func private @m_prefill_9_matmul(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 23552 : i64
  %c2 = llvm.mlir.zero : !llvm.ptr
  %c3 = arith.constant 2 : i64
  %c4 = arith.constant 128 : i64
  %c5 = arith.constant 1 : i64
  %c6 = arith.constant 256 : i64
  %c7 = arith.constant 192 : i64
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
  %v17 = arith.divui %begin, %c3 : i64
  %v18 = arith.ceildivui %end, %c3 : i64
  scf.for %i19 = %v17 to %v18 step %c5 : i64 {
    %v21 = arith.muli %i19, %c4 : i64
    %v22 = arith.muli %i19, %c3 : i64
    %v23 = arith.subi %v16, %v21 : i64
    %v24 = arith.cmpi slt, %v23, %c6 : i64
    %v25 = arith.muli %v21, %c7 : i64
    %v26 = llvm.getelementptr %v2[%v25] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v27 = arith.muli %v21, %c6 : i64
    %v28 = llvm.getelementptr %v5[%v27] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v29 = arith.muli %v21, %c6 : i64
    %v30 = llvm.getelementptr %v8[%v29] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v31 = arith.select %v24, %v23, %c4 : i64
    %v32 = arith.subi %begin, %v22 : i64
    %v33 = arith.maxsi %v32, %c0 : i64
    %v34 = arith.subi %end, %v22 : i64
    %v35 = arith.minsi %v34, %c3 : i64
    func.call @matmul_k128_n64_q4_q8_f32_residual_avx512vnni(%v26, %v28, %v30, %v14, %c2, %v31, %v33, %v35) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  }
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
  %c1 = arith.constant 9 : i64
  %c2 = arith.constant 128 : i64
  %c3 = arith.constant 1 : i64
  %c4 = arith.constant 256 : i64
  %c5 = arith.constant 1152 : i64
  %c6 = arith.constant 0 : i64
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[4608] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v8 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v9 = llvm.load %v8 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v10 = arith.divui %begin, %c1 : i64
  %v11 = arith.ceildivui %end, %c1 : i64
  scf.for %i12 = %v10 to %v11 step %c3 : i64 {
    %v14 = arith.muli %i12, %c2 : i64
    %v15 = arith.muli %i12, %c1 : i64
    %v16 = arith.subi %v9, %v14 : i64
    %v17 = arith.cmpi slt, %v16, %c4 : i64
    %v18 = arith.muli %v14, %c2 : i64
    %v19 = llvm.getelementptr %v3[%v18] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v20 = arith.muli %v14, %c5 : i64
    %v21 = llvm.getelementptr %v5[%v20] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v22 = arith.select %v17, %v16, %c2 : i64
    %v23 = arith.subi %begin, %v15 : i64
    %v24 = arith.maxsi %v23, %c6 : i64
    %v25 = arith.subi %end, %v15 : i64
    %v26 = arith.minsi %v25, %c1 : i64
    func.call @matmul_k64_n288_q4_q8_f32_avx512vnni(%v19, %v21, %c0, %v7, %c0, %v22, %v24, %v26) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  }
  return
}
func.func @m_prefill(%env: !llvm.ptr) {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %c2 = arith.constant 9 : i64
  %c3 = arith.constant 2 : i64
  %c4 = arith.constant 4 : i64
  %c5 = arith.constant 128 : i64
  %c6 = arith.constant 3 : i64
  %c7 = arith.constant 5 : i64
  %c8 = arith.constant 6 : i64
  %c9 = arith.constant 7 : i64
  %c10 = arith.constant 8 : i64
  %c11 = arith.constant 19 : i64
  %c12 = arith.constant 20 : i64
  %c13 = arith.constant 21 : i64
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
    %v22 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v23 = llvm.load %v22 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v24 = arith.divui %v23, %c5 : i64
    %v25 = arith.maxsi %v24, %c1 : i64
    %v26 = arith.muli %v21, %v25 : i64
    %v27 = func.constant @m_prefill_2_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v17, %v10, %v26, %v27) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v28 = arith.addi %v9, %c3 : i64
    %v29 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v30 = llvm.load %v29 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v31 = arith.muli %v30, %c1 : i64
    %v32 = arith.muli %v31, %c1 : i64
    %v33 = func.constant @m_prefill_3_rope_kv : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v28, %v10, %v32, %v33) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v34 = arith.addi %v9, %c6 : i64
    %v35 = llvm.getelementptr %env[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v36 = llvm.load %v35 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v37 = arith.muli %v36, %c3 : i64
    %v38 = arith.muli %v37, %c1 : i64
    %v39 = func.constant @m_prefill_4_attention : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v34, %v10, %v38, %v39) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v40 = arith.addi %v9, %c4 : i64
    %v41 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v42 = llvm.load %v41 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v43 = arith.muli %v42, %c1 : i64
    %v44 = arith.muli %v43, %c1 : i64
    %v45 = func.constant @m_prefill_5_activate : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v40, %v10, %v44, %v45) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v46 = arith.addi %v9, %c7 : i64
    %v47 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v48 = llvm.load %v47 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v49 = arith.cmpi sgt, %v48, %c0 : i64
    %v50 = arith.select %v49, %c3, %c0 : i64
    %v51 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v52 = llvm.load %v51 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v53 = arith.divui %v52, %c5 : i64
    %v54 = arith.maxsi %v53, %c1 : i64
    %v55 = arith.muli %v50, %v54 : i64
    %v56 = func.constant @m_prefill_6_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v46, %v10, %v55, %v56) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v57 = arith.addi %v9, %c8 : i64
    %v58 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v59 = llvm.load %v58 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v60 = arith.muli %v59, %c1 : i64
    %v61 = arith.muli %v60, %c1 : i64
    %v62 = func.constant @m_prefill_7_rmsnorm : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v57, %v10, %v61, %v62) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v63 = arith.addi %v9, %c9 : i64
    %v64 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v65 = llvm.load %v64 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v66 = arith.cmpi sgt, %v65, %c0 : i64
    %v67 = arith.select %v66, %c4, %c0 : i64
    %v68 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v69 = llvm.load %v68 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v70 = arith.divui %v69, %c5 : i64
    %v71 = arith.maxsi %v70, %c1 : i64
    %v72 = arith.muli %v67, %v71 : i64
    %v73 = func.constant @m_prefill_8_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v63, %v10, %v72, %v73) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v74 = arith.addi %v9, %c10 : i64
    %v75 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v76 = llvm.load %v75 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v77 = arith.cmpi sgt, %v76, %c0 : i64
    %v78 = arith.select %v77, %c3, %c0 : i64
    %v79 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v80 = llvm.load %v79 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v81 = arith.divui %v80, %c5 : i64
    %v82 = arith.maxsi %v81, %c1 : i64
    %v83 = arith.muli %v78, %v82 : i64
    %v84 = func.constant @m_prefill_9_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v74, %v10, %v83, %v84) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  }
  %v85 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v86 = llvm.load %v85 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v87 = arith.muli %v86, %c1 : i64
  %v88 = arith.muli %v87, %c1 : i64
  %v89 = func.constant @m_prefill_10_select_rows : (!llvm.ptr, i64, i64, i64) -> ()
  func.call @parallel(%env, %c11, %c0, %v88, %v89) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  %v90 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v91 = llvm.load %v90 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v92 = arith.muli %v91, %c1 : i64
  %v93 = arith.muli %v92, %c1 : i64
  %v94 = func.constant @m_prefill_11_rmsnorm : (!llvm.ptr, i64, i64, i64) -> ()
  func.call @parallel(%env, %c12, %c0, %v93, %v94) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  %v95 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v96 = llvm.load %v95 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v97 = arith.cmpi sgt, %v96, %c0 : i64
  %v98 = arith.select %v97, %c2, %c0 : i64
  %v99 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v100 = llvm.load %v99 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v101 = arith.divui %v100, %c5 : i64
  %v102 = arith.maxsi %v101, %c1 : i64
  %v103 = arith.muli %v98, %v102 : i64
  %v104 = func.constant @m_prefill_12_matmul : (!llvm.ptr, i64, i64, i64) -> ()
  func.call @parallel(%env, %c13, %c0, %v103, %v104) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
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
  %c3 = arith.constant 4 : i64
  %c4 = arith.constant 128 : i64
  %c5 = arith.constant 1 : i64
  %c6 = arith.constant 256 : i64
  %c7 = arith.constant 512 : i64
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
  %v14 = arith.divui %begin, %c3 : i64
  %v15 = arith.ceildivui %end, %c3 : i64
  scf.for %i16 = %v14 to %v15 step %c5 : i64 {
    %v18 = arith.muli %i16, %c4 : i64
    %v19 = arith.muli %i16, %c3 : i64
    %v20 = arith.subi %v13, %v18 : i64
    %v21 = arith.cmpi slt, %v20, %c6 : i64
    %v22 = arith.muli %v18, %c4 : i64
    %v23 = llvm.getelementptr %v3[%v22] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v24 = arith.muli %v18, %c7 : i64
    %v25 = llvm.getelementptr %v5[%v24] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v26 = arith.select %v21, %v20, %c4 : i64
    %v27 = arith.subi %begin, %v19 : i64
    %v28 = arith.maxsi %v27, %c1 : i64
    %v29 = arith.subi %end, %v19 : i64
    %v30 = arith.minsi %v29, %c3 : i64
    func.call @matmul_k64_n128_q4_q8_f32_avx512vnni(%v23, %v25, %c0, %v11, %c0, %v26, %v28, %v30) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  }
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
  %c3 = arith.constant 2 : i64
  %c4 = arith.constant 128 : i64
  %c5 = arith.constant 1 : i64
  %c6 = arith.constant 256 : i64
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
  %v18 = arith.divui %begin, %c3 : i64
  %v19 = arith.ceildivui %end, %c3 : i64
  scf.for %i20 = %v18 to %v19 step %c5 : i64 {
    %v22 = arith.muli %i20, %c4 : i64
    %v23 = arith.muli %i20, %c3 : i64
    %v24 = arith.subi %v17, %v22 : i64
    %v25 = arith.cmpi slt, %v24, %c6 : i64
    %v26 = arith.muli %v22, %c4 : i64
    %v27 = llvm.getelementptr %v3[%v26] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v28 = arith.muli %v22, %c6 : i64
    %v29 = llvm.getelementptr %v6[%v28] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v30 = arith.muli %v22, %c6 : i64
    %v31 = llvm.getelementptr %v9[%v30] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v32 = arith.select %v25, %v24, %c4 : i64
    %v33 = arith.subi %begin, %v23 : i64
    %v34 = arith.maxsi %v33, %c0 : i64
    %v35 = arith.subi %end, %v23 : i64
    %v36 = arith.minsi %v35, %c3 : i64
    func.call @matmul_k64_n64_q4_q8_f32_residual_avx512vnni(%v27, %v29, %v31, %v15, %c2, %v32, %v34, %v36) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  }
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
  %c3 = arith.constant 4 : i64
  %c4 = arith.constant 128 : i64
  %c5 = arith.constant 1 : i64
  %c6 = arith.constant 256 : i64
  %c7 = arith.constant 192 : i64
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
  %v14 = arith.divui %begin, %c3 : i64
  %v15 = arith.ceildivui %end, %c3 : i64
  scf.for %i16 = %v14 to %v15 step %c5 : i64 {
    %v18 = arith.muli %i16, %c4 : i64
    %v19 = arith.muli %i16, %c3 : i64
    %v20 = arith.subi %v13, %v18 : i64
    %v21 = arith.cmpi slt, %v20, %c6 : i64
    %v22 = arith.muli %v18, %c4 : i64
    %v23 = llvm.getelementptr %v3[%v22] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v24 = arith.muli %v18, %c7 : i64
    %v25 = llvm.getelementptr %v5[%v24] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v26 = arith.select %v21, %v20, %c4 : i64
    %v27 = arith.subi %begin, %v19 : i64
    %v28 = arith.maxsi %v27, %c1 : i64
    %v29 = arith.subi %end, %v19 : i64
    %v30 = arith.minsi %v29, %c3 : i64
    func.call @matmul_k64_n256_q4_q8_q8_glu_silu_avx512vnni(%v23, %v25, %c0, %v11, %c0, %v26, %v28, %v30) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  }
  return
}
func.func private @m_decode_9_matmul(%env: !llvm.ptr, %layer: i64, %begin: i64, %end: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 23552 : i64
  %c2 = llvm.mlir.zero : !llvm.ptr
  %c3 = arith.constant 2 : i64
  %c4 = arith.constant 128 : i64
  %c5 = arith.constant 1 : i64
  %c6 = arith.constant 256 : i64
  %c7 = arith.constant 192 : i64
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
  %v17 = arith.divui %begin, %c3 : i64
  %v18 = arith.ceildivui %end, %c3 : i64
  scf.for %i19 = %v17 to %v18 step %c5 : i64 {
    %v21 = arith.muli %i19, %c4 : i64
    %v22 = arith.muli %i19, %c3 : i64
    %v23 = arith.subi %v16, %v21 : i64
    %v24 = arith.cmpi slt, %v23, %c6 : i64
    %v25 = arith.muli %v21, %c7 : i64
    %v26 = llvm.getelementptr %v2[%v25] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v27 = arith.muli %v21, %c6 : i64
    %v28 = llvm.getelementptr %v5[%v27] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v29 = arith.muli %v21, %c6 : i64
    %v30 = llvm.getelementptr %v8[%v29] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v31 = arith.select %v24, %v23, %c4 : i64
    %v32 = arith.subi %begin, %v22 : i64
    %v33 = arith.maxsi %v32, %c0 : i64
    %v34 = arith.subi %end, %v22 : i64
    %v35 = arith.minsi %v34, %c3 : i64
    func.call @matmul_k128_n64_q4_q8_f32_residual_avx512vnni(%v26, %v28, %v30, %v14, %c2, %v31, %v33, %v35) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  }
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
  %c1 = arith.constant 9 : i64
  %c2 = arith.constant 128 : i64
  %c3 = arith.constant 1 : i64
  %c4 = arith.constant 256 : i64
  %c5 = arith.constant 1152 : i64
  %c6 = arith.constant 0 : i64
  %v1 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v3 = llvm.getelementptr %v2[4608] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %env[8] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v6 = llvm.getelementptr %env[16] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> !llvm.ptr
  %v8 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v9 = llvm.load %v8 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v10 = arith.divui %begin, %c1 : i64
  %v11 = arith.ceildivui %end, %c1 : i64
  scf.for %i12 = %v10 to %v11 step %c3 : i64 {
    %v14 = arith.muli %i12, %c2 : i64
    %v15 = arith.muli %i12, %c1 : i64
    %v16 = arith.subi %v9, %v14 : i64
    %v17 = arith.cmpi slt, %v16, %c4 : i64
    %v18 = arith.muli %v14, %c2 : i64
    %v19 = llvm.getelementptr %v3[%v18] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v20 = arith.muli %v14, %c5 : i64
    %v21 = llvm.getelementptr %v5[%v20] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v22 = arith.select %v17, %v16, %c2 : i64
    %v23 = arith.subi %begin, %v15 : i64
    %v24 = arith.maxsi %v23, %c6 : i64
    %v25 = arith.subi %end, %v15 : i64
    %v26 = arith.minsi %v25, %c1 : i64
    func.call @matmul_k64_n288_q4_q8_f32_avx512vnni(%v19, %v21, %c0, %v7, %c0, %v22, %v24, %v26) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
  }
  return
}
func.func @m_decode(%env: !llvm.ptr) {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %c2 = arith.constant 9 : i64
  %c3 = arith.constant 2 : i64
  %c4 = arith.constant 4 : i64
  %c5 = arith.constant 128 : i64
  %c6 = arith.constant 3 : i64
  %c7 = arith.constant 5 : i64
  %c8 = arith.constant 6 : i64
  %c9 = arith.constant 7 : i64
  %c10 = arith.constant 8 : i64
  %c11 = arith.constant 19 : i64
  %c12 = arith.constant 20 : i64
  %c13 = arith.constant 21 : i64
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
    %v22 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v23 = llvm.load %v22 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v24 = arith.divui %v23, %c5 : i64
    %v25 = arith.maxsi %v24, %c1 : i64
    %v26 = arith.muli %v21, %v25 : i64
    %v27 = func.constant @m_decode_2_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v17, %v10, %v26, %v27) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v28 = arith.addi %v9, %c3 : i64
    %v29 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v30 = llvm.load %v29 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v31 = arith.muli %v30, %c1 : i64
    %v32 = arith.muli %v31, %c1 : i64
    %v33 = func.constant @m_decode_3_rope_kv : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v28, %v10, %v32, %v33) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v34 = arith.addi %v9, %c6 : i64
    %v35 = llvm.getelementptr %env[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v36 = llvm.load %v35 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v37 = arith.muli %v36, %c3 : i64
    %v38 = arith.muli %v37, %c1 : i64
    %v39 = func.constant @m_decode_4_attention : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v34, %v10, %v38, %v39) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v40 = arith.addi %v9, %c4 : i64
    %v41 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v42 = llvm.load %v41 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v43 = arith.muli %v42, %c1 : i64
    %v44 = arith.muli %v43, %c1 : i64
    %v45 = func.constant @m_decode_5_activate : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v40, %v10, %v44, %v45) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v46 = arith.addi %v9, %c7 : i64
    %v47 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v48 = llvm.load %v47 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v49 = arith.cmpi sgt, %v48, %c0 : i64
    %v50 = arith.select %v49, %c3, %c0 : i64
    %v51 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v52 = llvm.load %v51 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v53 = arith.divui %v52, %c5 : i64
    %v54 = arith.maxsi %v53, %c1 : i64
    %v55 = arith.muli %v50, %v54 : i64
    %v56 = func.constant @m_decode_6_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v46, %v10, %v55, %v56) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v57 = arith.addi %v9, %c8 : i64
    %v58 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v59 = llvm.load %v58 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v60 = arith.muli %v59, %c1 : i64
    %v61 = arith.muli %v60, %c1 : i64
    %v62 = func.constant @m_decode_7_rmsnorm : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v57, %v10, %v61, %v62) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v63 = arith.addi %v9, %c9 : i64
    %v64 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v65 = llvm.load %v64 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v66 = arith.cmpi sgt, %v65, %c0 : i64
    %v67 = arith.select %v66, %c4, %c0 : i64
    %v68 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v69 = llvm.load %v68 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v70 = arith.divui %v69, %c5 : i64
    %v71 = arith.maxsi %v70, %c1 : i64
    %v72 = arith.muli %v67, %v71 : i64
    %v73 = func.constant @m_decode_8_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v63, %v10, %v72, %v73) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
    %v74 = arith.addi %v9, %c10 : i64
    %v75 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v76 = llvm.load %v75 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v77 = arith.cmpi sgt, %v76, %c0 : i64
    %v78 = arith.select %v77, %c3, %c0 : i64
    %v79 = llvm.getelementptr %env[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v80 = llvm.load %v79 {alignment = 1 : i64} : !llvm.ptr -> i64
    %v81 = arith.divui %v80, %c5 : i64
    %v82 = arith.maxsi %v81, %c1 : i64
    %v83 = arith.muli %v78, %v82 : i64
    %v84 = func.constant @m_decode_9_matmul : (!llvm.ptr, i64, i64, i64) -> ()
    func.call @parallel(%env, %v74, %v10, %v83, %v84) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  }
  %v85 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v86 = llvm.load %v85 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v87 = arith.muli %v86, %c1 : i64
  %v88 = arith.muli %v87, %c1 : i64
  %v89 = func.constant @m_decode_10_select_rows : (!llvm.ptr, i64, i64, i64) -> ()
  func.call @parallel(%env, %c11, %c0, %v88, %v89) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  %v90 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v91 = llvm.load %v90 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v92 = arith.muli %v91, %c1 : i64
  %v93 = arith.muli %v92, %c1 : i64
  %v94 = func.constant @m_decode_11_rmsnorm : (!llvm.ptr, i64, i64, i64) -> ()
  func.call @parallel(%env, %c12, %c0, %v93, %v94) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  %v95 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v96 = llvm.load %v95 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v97 = arith.cmpi sgt, %v96, %c0 : i64
  %v98 = arith.select %v97, %c2, %c0 : i64
  %v99 = llvm.getelementptr %env[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v100 = llvm.load %v99 {alignment = 1 : i64} : !llvm.ptr -> i64
  %v101 = arith.divui %v100, %c5 : i64
  %v102 = arith.maxsi %v101, %c1 : i64
  %v103 = arith.muli %v98, %v102 : i64
  %v104 = func.constant @m_decode_12_matmul : (!llvm.ptr, i64, i64, i64) -> ()
  func.call @parallel(%env, %c13, %c0, %v103, %v104) : (!llvm.ptr, i64, i64, i64, (!llvm.ptr, i64, i64, i64) -> ()) -> ()
  return
}


