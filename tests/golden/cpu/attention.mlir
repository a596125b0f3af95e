func.func private @attention_causal_4_2x32_p16_l4_f16_0p125_q8_r16_avx512vnni_scores2(%q: !llvm.ptr, %k: !llvm.ptr, %scores: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant dense<0.000000000e+00> : vector<16xf32>
  %c1 = arith.constant 0 : i64
  %c2 = arith.constant 32 : i64
  %c3 = arith.constant 2 : i64
  %c4 = arith.constant 4 : i64
  %r6:4 = scf.for %i1 = %c1 to %c2 step %c3 iter_args(%a2 = %c0, %a3 = %c0, %a4 = %c0, %a5 = %c0) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) : i64 {
    %v7 = arith.muli %i1, %c2 : i64
    %v8 = llvm.getelementptr %k[%v7] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v9 = arith.muli %i1, %c4 : i64
    %v10 = llvm.getelementptr %q[%v9] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v11 = llvm.load %v8 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v12 = arith.extf %v11 : vector<16xf16> to vector<16xf32>
    %v13 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v14 = vector.broadcast %v13 : f32 to vector<16xf32>
    %v15 = vector.fma %v14, %v12, %a2 : vector<16xf32>
    %v16 = llvm.getelementptr %v10[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v17 = llvm.load %v16 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v18 = vector.broadcast %v17 : f32 to vector<16xf32>
    %v19 = vector.fma %v18, %v12, %a3 : vector<16xf32>
    %v20 = llvm.getelementptr %v8[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v21 = llvm.load %v20 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v22 = arith.extf %v21 : vector<16xf16> to vector<16xf32>
    %v23 = llvm.getelementptr %v10[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v24 = llvm.load %v23 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v25 = vector.broadcast %v24 : f32 to vector<16xf32>
    %v26 = vector.fma %v25, %v22, %a4 : vector<16xf32>
    %v27 = llvm.getelementptr %v10[132] : (!llvm.ptr) -> !llvm.ptr, i8
    %v28 = llvm.load %v27 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v29 = vector.broadcast %v28 : f32 to vector<16xf32>
    %v30 = vector.fma %v29, %v22, %a5 : vector<16xf32>
    scf.yield %v15, %v19, %v26, %v30 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  }
  %v31 = arith.addf %r6#0, %r6#2 : vector<16xf32>
  llvm.store %v31, %scores {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v32 = arith.addf %r6#1, %r6#3 : vector<16xf32>
  %v33 = llvm.getelementptr %scores[1024] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v32, %v33 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  return
}
func.func private @attention_causal_4_2x32_p16_l4_f16_0p125_q8_r16_avx512vnni_values2(%weights: !llvm.ptr, %v: !llvm.ptr, %sums: !llvm.ptr, %count: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %c2 = arith.constant 64 : i64
  %c3 = arith.constant 4 : i64
  %v1 = llvm.getelementptr %sums[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.getelementptr %sums[128] : (!llvm.ptr) -> !llvm.ptr, i8
  %v3 = llvm.getelementptr %sums[192] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.load %sums {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v5 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v6 = llvm.load %v2 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v7 = llvm.load %v3 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %r13:4 = scf.for %i8 = %c0 to %count step %c1 iter_args(%a9 = %v4, %a10 = %v5, %a11 = %v6, %a12 = %v7) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) : i64 {
    %v14 = arith.muli %i8, %c2 : i64
    %v15 = llvm.getelementptr %v[%v14] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v16 = arith.muli %i8, %c3 : i64
    %v17 = llvm.getelementptr %weights[%v16] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v18 = llvm.load %v15 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v19 = arith.extf %v18 : vector<16xf16> to vector<16xf32>
    %v20 = llvm.getelementptr %v15[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v21 = llvm.load %v20 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v22 = arith.extf %v21 : vector<16xf16> to vector<16xf32>
    %v23 = llvm.load %v17 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v24 = vector.broadcast %v23 : f32 to vector<16xf32>
    %v25 = vector.fma %v24, %v19, %a9 : vector<16xf32>
    %v26 = vector.fma %v24, %v22, %a10 : vector<16xf32>
    %v27 = llvm.getelementptr %v17[1024] : (!llvm.ptr) -> !llvm.ptr, i8
    %v28 = llvm.load %v27 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v29 = vector.broadcast %v28 : f32 to vector<16xf32>
    %v30 = vector.fma %v29, %v19, %a11 : vector<16xf32>
    %v31 = vector.fma %v29, %v22, %a12 : vector<16xf32>
    scf.yield %v25, %v26, %v30, %v31 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  }
  llvm.store %r13#0, %sums {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r13#1, %v1 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r13#2, %v2 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r13#3, %v3 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  return
}
func.func private @attention_causal_4_2x32_p16_l4_f16_0p125_q8_r16_avx512vnni_scores8(%q: !llvm.ptr, %k: !llvm.ptr, %scores: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant dense<0.000000000e+00> : vector<16xf32>
  %c1 = arith.constant 0 : i64
  %c2 = arith.constant 32 : i64
  %c3 = arith.constant 1 : i64
  %c4 = arith.constant 4 : i64
  %r10:8 = scf.for %i1 = %c1 to %c2 step %c3 iter_args(%a2 = %c0, %a3 = %c0, %a4 = %c0, %a5 = %c0, %a6 = %c0, %a7 = %c0, %a8 = %c0, %a9 = %c0) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) : i64 {
    %v11 = arith.muli %i1, %c2 : i64
    %v12 = llvm.getelementptr %k[%v11] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v13 = arith.muli %i1, %c4 : i64
    %v14 = llvm.getelementptr %q[%v13] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v15 = llvm.load %v12 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v16 = arith.extf %v15 : vector<16xf16> to vector<16xf32>
    %v17 = llvm.load %v14 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v18 = vector.broadcast %v17 : f32 to vector<16xf32>
    %v19 = vector.fma %v18, %v16, %a2 : vector<16xf32>
    %v20 = llvm.getelementptr %v14[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v21 = llvm.load %v20 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v22 = vector.broadcast %v21 : f32 to vector<16xf32>
    %v23 = vector.fma %v22, %v16, %a3 : vector<16xf32>
    %v24 = llvm.getelementptr %v14[256] : (!llvm.ptr) -> !llvm.ptr, i8
    %v25 = llvm.load %v24 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v26 = vector.broadcast %v25 : f32 to vector<16xf32>
    %v27 = vector.fma %v26, %v16, %a4 : vector<16xf32>
    %v28 = llvm.getelementptr %v14[384] : (!llvm.ptr) -> !llvm.ptr, i8
    %v29 = llvm.load %v28 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v30 = vector.broadcast %v29 : f32 to vector<16xf32>
    %v31 = vector.fma %v30, %v16, %a5 : vector<16xf32>
    %v32 = llvm.getelementptr %v14[512] : (!llvm.ptr) -> !llvm.ptr, i8
    %v33 = llvm.load %v32 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v34 = vector.broadcast %v33 : f32 to vector<16xf32>
    %v35 = vector.fma %v34, %v16, %a6 : vector<16xf32>
    %v36 = llvm.getelementptr %v14[640] : (!llvm.ptr) -> !llvm.ptr, i8
    %v37 = llvm.load %v36 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v38 = vector.broadcast %v37 : f32 to vector<16xf32>
    %v39 = vector.fma %v38, %v16, %a7 : vector<16xf32>
    %v40 = llvm.getelementptr %v14[768] : (!llvm.ptr) -> !llvm.ptr, i8
    %v41 = llvm.load %v40 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v42 = vector.broadcast %v41 : f32 to vector<16xf32>
    %v43 = vector.fma %v42, %v16, %a8 : vector<16xf32>
    %v44 = llvm.getelementptr %v14[896] : (!llvm.ptr) -> !llvm.ptr, i8
    %v45 = llvm.load %v44 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v46 = vector.broadcast %v45 : f32 to vector<16xf32>
    %v47 = vector.fma %v46, %v16, %a9 : vector<16xf32>
    scf.yield %v19, %v23, %v27, %v31, %v35, %v39, %v43, %v47 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  }
  llvm.store %r10#0, %scores {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v48 = llvm.getelementptr %scores[1024] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r10#1, %v48 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v49 = llvm.getelementptr %scores[2048] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r10#2, %v49 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v50 = llvm.getelementptr %scores[3072] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r10#3, %v50 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v51 = llvm.getelementptr %scores[4096] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r10#4, %v51 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v52 = llvm.getelementptr %scores[5120] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r10#5, %v52 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v53 = llvm.getelementptr %scores[6144] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r10#6, %v53 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v54 = llvm.getelementptr %scores[7168] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r10#7, %v54 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  return
}
func.func private @attention_causal_4_2x32_p16_l4_f16_0p125_q8_r16_avx512vnni_values8(%weights: !llvm.ptr, %v: !llvm.ptr, %sums: !llvm.ptr, %count: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %c2 = arith.constant 64 : i64
  %c3 = arith.constant 4 : i64
  %v1 = llvm.getelementptr %sums[64] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.getelementptr %sums[128] : (!llvm.ptr) -> !llvm.ptr, i8
  %v3 = llvm.getelementptr %sums[192] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %sums[256] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.getelementptr %sums[320] : (!llvm.ptr) -> !llvm.ptr, i8
  %v6 = llvm.getelementptr %sums[384] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.getelementptr %sums[448] : (!llvm.ptr) -> !llvm.ptr, i8
  %v8 = llvm.getelementptr %sums[512] : (!llvm.ptr) -> !llvm.ptr, i8
  %v9 = llvm.getelementptr %sums[576] : (!llvm.ptr) -> !llvm.ptr, i8
  %v10 = llvm.getelementptr %sums[640] : (!llvm.ptr) -> !llvm.ptr, i8
  %v11 = llvm.getelementptr %sums[704] : (!llvm.ptr) -> !llvm.ptr, i8
  %v12 = llvm.getelementptr %sums[768] : (!llvm.ptr) -> !llvm.ptr, i8
  %v13 = llvm.getelementptr %sums[832] : (!llvm.ptr) -> !llvm.ptr, i8
  %v14 = llvm.getelementptr %sums[896] : (!llvm.ptr) -> !llvm.ptr, i8
  %v15 = llvm.getelementptr %sums[960] : (!llvm.ptr) -> !llvm.ptr, i8
  %v16 = llvm.load %sums {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v17 = llvm.load %v1 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v18 = llvm.load %v2 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v19 = llvm.load %v3 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v20 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v21 = llvm.load %v5 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v22 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v23 = llvm.load %v7 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v24 = llvm.load %v8 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v25 = llvm.load %v9 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v26 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v27 = llvm.load %v11 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v28 = llvm.load %v12 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v29 = llvm.load %v13 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v30 = llvm.load %v14 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %v31 = llvm.load %v15 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
  %r49:16 = scf.for %i32 = %c0 to %count step %c1 iter_args(%a33 = %v16, %a34 = %v17, %a35 = %v18, %a36 = %v19, %a37 = %v20, %a38 = %v21, %a39 = %v22, %a40 = %v23, %a41 = %v24, %a42 = %v25, %a43 = %v26, %a44 = %v27, %a45 = %v28, %a46 = %v29, %a47 = %v30, %a48 = %v31) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) : i64 {
    %v50 = arith.muli %i32, %c2 : i64
    %v51 = llvm.getelementptr %v[%v50] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v52 = arith.muli %i32, %c3 : i64
    %v53 = llvm.getelementptr %weights[%v52] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v54 = llvm.load %v51 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v55 = arith.extf %v54 : vector<16xf16> to vector<16xf32>
    %v56 = llvm.getelementptr %v51[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v57 = llvm.load %v56 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v58 = arith.extf %v57 : vector<16xf16> to vector<16xf32>
    %v59 = llvm.load %v53 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v60 = vector.broadcast %v59 : f32 to vector<16xf32>
    %v61 = vector.fma %v60, %v55, %a33 : vector<16xf32>
    %v62 = vector.fma %v60, %v58, %a34 : vector<16xf32>
    %v63 = llvm.getelementptr %v53[1024] : (!llvm.ptr) -> !llvm.ptr, i8
    %v64 = llvm.load %v63 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v65 = vector.broadcast %v64 : f32 to vector<16xf32>
    %v66 = vector.fma %v65, %v55, %a35 : vector<16xf32>
    %v67 = vector.fma %v65, %v58, %a36 : vector<16xf32>
    %v68 = llvm.getelementptr %v53[2048] : (!llvm.ptr) -> !llvm.ptr, i8
    %v69 = llvm.load %v68 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v70 = vector.broadcast %v69 : f32 to vector<16xf32>
    %v71 = vector.fma %v70, %v55, %a37 : vector<16xf32>
    %v72 = vector.fma %v70, %v58, %a38 : vector<16xf32>
    %v73 = llvm.getelementptr %v53[3072] : (!llvm.ptr) -> !llvm.ptr, i8
    %v74 = llvm.load %v73 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v75 = vector.broadcast %v74 : f32 to vector<16xf32>
    %v76 = vector.fma %v75, %v55, %a39 : vector<16xf32>
    %v77 = vector.fma %v75, %v58, %a40 : vector<16xf32>
    %v78 = llvm.getelementptr %v53[4096] : (!llvm.ptr) -> !llvm.ptr, i8
    %v79 = llvm.load %v78 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v80 = vector.broadcast %v79 : f32 to vector<16xf32>
    %v81 = vector.fma %v80, %v55, %a41 : vector<16xf32>
    %v82 = vector.fma %v80, %v58, %a42 : vector<16xf32>
    %v83 = llvm.getelementptr %v53[5120] : (!llvm.ptr) -> !llvm.ptr, i8
    %v84 = llvm.load %v83 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v85 = vector.broadcast %v84 : f32 to vector<16xf32>
    %v86 = vector.fma %v85, %v55, %a43 : vector<16xf32>
    %v87 = vector.fma %v85, %v58, %a44 : vector<16xf32>
    %v88 = llvm.getelementptr %v53[6144] : (!llvm.ptr) -> !llvm.ptr, i8
    %v89 = llvm.load %v88 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v90 = vector.broadcast %v89 : f32 to vector<16xf32>
    %v91 = vector.fma %v90, %v55, %a45 : vector<16xf32>
    %v92 = vector.fma %v90, %v58, %a46 : vector<16xf32>
    %v93 = llvm.getelementptr %v53[7168] : (!llvm.ptr) -> !llvm.ptr, i8
    %v94 = llvm.load %v93 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v95 = vector.broadcast %v94 : f32 to vector<16xf32>
    %v96 = vector.fma %v95, %v55, %a47 : vector<16xf32>
    %v97 = vector.fma %v95, %v58, %a48 : vector<16xf32>
    scf.yield %v61, %v62, %v66, %v67, %v71, %v72, %v76, %v77, %v81, %v82, %v86, %v87, %v91, %v92, %v96, %v97 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  }
  llvm.store %r49#0, %sums {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#1, %v1 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#2, %v2 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#3, %v3 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#4, %v4 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#5, %v5 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#6, %v6 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#7, %v7 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#8, %v8 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#9, %v9 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#10, %v10 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#11, %v11 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#12, %v12 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#13, %v13 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#14, %v14 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  llvm.store %r49#15, %v15 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  return
}
func.func private @attention_causal_4_2x32_p16_l4_f16_0p125_q8_r16_avx512vnni_softmax(%scores: !llvm.ptr, %state: !llvm.ptr, %sums: !llvm.ptr, %start: i64, %groups: i64, %low: i64, %high: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 16 : i64
  %c1 = arith.constant 0 : i64
  %c2 = arith.constant dense<-1.000000000e+30> : vector<16xf32>
  %c3 = arith.constant 4 : i64
  %c4 = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]> : vector<16xi32>
  %c5 = arith.constant dense<0.000000000e+00> : vector<16xf32>
  %c6 = arith.constant dense<8.800000000e+01> : vector<16xf32>
  %c7 = arith.constant dense<-8.700000000e+01> : vector<16xf32>
  %c8 = arith.constant dense<1.442695041e+00> : vector<16xf32>
  %c9 = arith.constant dense<1.258291200e+07> : vector<16xf32>
  %c10 = arith.constant dense<1262485504> : vector<16xi32>
  %c11 = arith.constant dense<-6.933593750e-01> : vector<16xf32>
  %c12 = arith.constant dense<2.121944401e-04> : vector<16xf32>
  %c13 = arith.constant dense<1.987569150e-04> : vector<16xf32>
  %c14 = arith.constant dense<1.398199951e-03> : vector<16xf32>
  %c15 = arith.constant dense<8.333451907e-03> : vector<16xf32>
  %c16 = arith.constant dense<4.166579589e-02> : vector<16xf32>
  %c17 = arith.constant dense<1.666666546e-01> : vector<16xf32>
  %c18 = arith.constant dense<5.000000000e-01> : vector<16xf32>
  %c19 = arith.constant dense<1.000000000e+00> : vector<16xf32>
  %c20 = arith.constant dense<23> : vector<16xi32>
  %c21 = arith.constant 128 : i64
  %c22 = arith.constant 64 : i64
  %v1 = arith.subi %low, %start : i64
  %v2 = arith.subi %high, %start : i64
  %v3 = arith.trunci %v1 : i64 to i32
  %v4 = vector.broadcast %v3 : i32 to vector<16xi32>
  %v5 = arith.trunci %v2 : i64 to i32
  %v6 = vector.broadcast %v5 : i32 to vector<16xi32>
  %v7 = arith.muli %groups, %c0 : i64
  %v8 = llvm.load %state {alignment = 1 : i64} : !llvm.ptr -> f32
  %r11:1 = scf.for %i9 = %c1 to %v7 step %c0 iter_args(%a10 = %c2) -> (vector<16xf32>) : i64 {
    %v12 = arith.muli %i9, %c3 : i64
    %v13 = llvm.getelementptr %scores[%v12] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v14 = llvm.load %v13 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
    %v15 = arith.trunci %i9 : i64 to i32
    %v16 = vector.broadcast %v15 : i32 to vector<16xi32>
    %v17 = arith.addi %v16, %c4 : vector<16xi32>
    %v18 = arith.cmpi sge, %v17, %v4 : vector<16xi32>
    %v19 = arith.cmpi slt, %v17, %v6 : vector<16xi32>
    %v20 = arith.andi %v18, %v19 : vector<16xi1>
    %v21 = arith.select %v20, %v14, %c2 : vector<16xi1>, vector<16xf32>
    %v22 = arith.muli %i9, %c3 : i64
    %v23 = llvm.getelementptr %scores[%v22] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    llvm.store %v21, %v23 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v24 = arith.maxnumf %a10, %v21 : vector<16xf32>
    scf.yield %v24 : vector<16xf32>
  }
  %v25 = vector.reduction <maxnumf>, %r11#0 fastmath<reassoc> : vector<16xf32> into f32
  %v26 = arith.maxnumf %v8, %v25 : f32
  %v27 = vector.broadcast %v26 : f32 to vector<16xf32>
  %r30:1 = scf.for %i28 = %c1 to %v7 step %c0 iter_args(%a29 = %c5) -> (vector<16xf32>) : i64 {
    %v31 = arith.muli %i28, %c3 : i64
    %v32 = llvm.getelementptr %scores[%v31] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v33 = llvm.load %v32 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
    %v34 = arith.cmpf ole, %v33, %c2 : vector<16xf32>
    %v35 = arith.subf %v33, %v27 : vector<16xf32>
    %v36 = arith.minnumf %v35, %c6 : vector<16xf32>
    %v37 = arith.maxnumf %v36, %c7 : vector<16xf32>
    %v38 = arith.mulf %v37, %c8 : vector<16xf32>
    %v39 = arith.addf %v38, %c9 : vector<16xf32>
    %v40 = vector.bitcast %v39 : vector<16xf32> to vector<16xi32>
    %v41 = arith.subi %v40, %c10 : vector<16xi32>
    %v42 = arith.subf %v39, %c9 : vector<16xf32>
    %v43 = vector.fma %v42, %c11, %v37 : vector<16xf32>
    %v44 = vector.fma %v42, %c12, %v43 : vector<16xf32>
    %v45 = arith.mulf %v44, %v44 : vector<16xf32>
    %v46 = vector.fma %c13, %v44, %c14 : vector<16xf32>
    %v47 = vector.fma %v46, %v44, %c15 : vector<16xf32>
    %v48 = vector.fma %v47, %v44, %c16 : vector<16xf32>
    %v49 = vector.fma %v48, %v44, %c17 : vector<16xf32>
    %v50 = vector.fma %v49, %v44, %c18 : vector<16xf32>
    %v51 = vector.fma %v50, %v45, %v44 : vector<16xf32>
    %v52 = arith.addf %v51, %c19 : vector<16xf32>
    %v53 = arith.shli %v41, %c20 : vector<16xi32>
    %v54 = vector.bitcast %v52 : vector<16xf32> to vector<16xi32>
    %v55 = arith.addi %v54, %v53 : vector<16xi32>
    %v56 = vector.bitcast %v55 : vector<16xi32> to vector<16xf32>
    %v57 = arith.select %v34, %c5, %v56 : vector<16xi1>, vector<16xf32>
    llvm.store %v57, %v32 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v58 = arith.addf %a29, %v57 : vector<16xf32>
    scf.yield %v58 : vector<16xf32>
  }
  %v59 = arith.subf %v8, %v26 : f32
  %v60 = vector.broadcast %v59 : f32 to vector<16xf32>
  %v61 = arith.minnumf %v60, %c6 : vector<16xf32>
  %v62 = arith.maxnumf %v61, %c7 : vector<16xf32>
  %v63 = arith.mulf %v62, %c8 : vector<16xf32>
  %v64 = arith.addf %v63, %c9 : vector<16xf32>
  %v65 = vector.bitcast %v64 : vector<16xf32> to vector<16xi32>
  %v66 = arith.subi %v65, %c10 : vector<16xi32>
  %v67 = arith.subf %v64, %c9 : vector<16xf32>
  %v68 = vector.fma %v67, %c11, %v62 : vector<16xf32>
  %v69 = vector.fma %v67, %c12, %v68 : vector<16xf32>
  %v70 = arith.mulf %v69, %v69 : vector<16xf32>
  %v71 = vector.fma %c13, %v69, %c14 : vector<16xf32>
  %v72 = vector.fma %v71, %v69, %c15 : vector<16xf32>
  %v73 = vector.fma %v72, %v69, %c16 : vector<16xf32>
  %v74 = vector.fma %v73, %v69, %c17 : vector<16xf32>
  %v75 = vector.fma %v74, %v69, %c18 : vector<16xf32>
  %v76 = vector.fma %v75, %v70, %v69 : vector<16xf32>
  %v77 = arith.addf %v76, %c19 : vector<16xf32>
  %v78 = arith.shli %v66, %c20 : vector<16xi32>
  %v79 = vector.bitcast %v77 : vector<16xf32> to vector<16xi32>
  %v80 = arith.addi %v79, %v78 : vector<16xi32>
  %v81 = vector.bitcast %v80 : vector<16xi32> to vector<16xf32>
  %v82 = vector.extract %v81[0] : f32 from vector<16xf32>
  %v83 = llvm.getelementptr %state[4] : (!llvm.ptr) -> !llvm.ptr, i8
  %v84 = llvm.load %v83 {alignment = 1 : i64} : !llvm.ptr -> f32
  %v85 = arith.mulf %v84, %v82 : f32
  %v86 = vector.reduction <add>, %r30#0 fastmath<reassoc> : vector<16xf32> into f32
  %v87 = arith.addf %v85, %v86 : f32
  llvm.store %v87, %v83 {alignment = 1 : i64} : f32, !llvm.ptr
  llvm.store %v26, %state {alignment = 1 : i64} : f32, !llvm.ptr
  %v88 = arith.cmpf one, %v8, %v26 : f32
  scf.if %v88 {
    scf.for %i89 = %c1 to %c21 step %c22 : i64 {
      %v91 = llvm.getelementptr %sums[%i89] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v92 = llvm.load %v91 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
      %v93 = arith.mulf %v92, %v81 : vector<16xf32>
      %v94 = llvm.getelementptr %sums[%i89] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      llvm.store %v93, %v94 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    }
  }
  return
}
func.func @attention_causal_4_2x32_p16_l4_f16_0p125_q8_r16_avx512vnni(%q: !llvm.ptr, %sequences: !llvm.ptr, %page_table: !llvm.ptr, %tiles: !llvm.ptr, %kv: !llvm.ptr, %y: !llvm.ptr, %pages: i64, %begin: i64, %end: i64) {
  %c0 = arith.constant 4096 : i64
  %c1 = arith.constant 256 : i64
  %c2 = arith.constant 32768 : i64
  %c3 = arith.constant 1 : i64
  %c4 = arith.constant 2 : i64
  %c5 = arith.constant 12 : i64
  %c6 = arith.constant 4 : i64
  %c7 = arith.constant 0 : i64
  %c8 = arith.constant 512 : i64
  %c9 = arith.constant 128 : i64
  %c10 = arith.constant dense<1.250000000e-01> : vector<16xf32>
  %c11 = arith.constant 64 : i64
  %c12 = arith.constant dense<0.000000000e+00> : vector<16xf32>
  %c13 = arith.constant 8 : i64
  %c14 = arith.constant -1.000000000e+30 : f32
  %c15 = arith.constant 0.000000000e+00 : f32
  %c16 = arith.constant 16 : i64
  %c17 = arith.constant 15 : i64
  %c18 = arith.constant 16384 : i64
  %c19 = arith.constant 1024 : i64
  %c20 = arith.constant 192 : i64
  %c21 = arith.constant 1.000000000e+00 : f32
  %c22 = arith.constant dense<2147483647> : vector<16xi32>
  %c23 = arith.constant 1.270000000e+02 : f32
  %c24 = arith.constant 7.874015748e-03 : f32
  %c25 = arith.constant dense<1.258291200e+07> : vector<16xf32>
  %c26 = arith.constant dense<1262485504> : vector<16xi32>
  %c27 = arith.constant 32 : i64
  %stack4 = llvm.alloca %c2 x i8 {alignment = 4096 : i64} : (i64) -> !llvm.ptr
  %stack3 = llvm.alloca %c1 x i8 {alignment = 64 : i64} : (i64) -> !llvm.ptr
  %stack2 = llvm.alloca %c0 x i8 {alignment = 64 : i64} : (i64) -> !llvm.ptr
  %stack1 = llvm.alloca %c0 x i8 {alignment = 64 : i64} : (i64) -> !llvm.ptr
  scf.for %i5 = %begin to %end step %c3 : i64 {
    %v7 = arith.remui %i5, %c4 : i64
    %v8 = arith.divui %i5, %c4 : i64
    %v9 = arith.muli %v8, %c5 : i64
    %v10 = llvm.getelementptr %tiles[%v9] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v11 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v12 = arith.extsi %v11 : i32 to i64
    %v13 = arith.muli %v8, %c5 : i64
    %v14 = llvm.getelementptr %tiles[%v13] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v15 = llvm.getelementptr %v14[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v16 = llvm.load %v15 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v17 = arith.extsi %v16 : i32 to i64
    %v18 = arith.muli %v8, %c5 : i64
    %v19 = llvm.getelementptr %tiles[%v18] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v20 = llvm.getelementptr %v19[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v21 = llvm.load %v20 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v22 = arith.extsi %v21 : i32 to i64
    %v23 = arith.muli %v12, %c5 : i64
    %v24 = llvm.getelementptr %sequences[%v23] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v25 = llvm.load %v24 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v26 = arith.extsi %v25 : i32 to i64
    %v27 = arith.muli %v12, %c5 : i64
    %v28 = llvm.getelementptr %sequences[%v27] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v29 = llvm.getelementptr %v28[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v30 = llvm.load %v29 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v31 = arith.extsi %v30 : i32 to i64
    %v32 = arith.muli %v12, %c5 : i64
    %v33 = llvm.getelementptr %sequences[%v32] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v34 = llvm.getelementptr %v33[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v35 = llvm.load %v34 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v36 = arith.extsi %v35 : i32 to i64
    %v37 = arith.subi %v17, %v26 : i64
    %v38 = arith.addi %v36, %v37 : i64
    %v39 = arith.addi %v38, %v22 : i64
    %v40 = arith.muli %v12, %pages : i64
    %v41 = arith.muli %v40, %c6 : i64
    %v42 = llvm.getelementptr %page_table[%v41] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v43 = arith.cmpi eq, %v22, %c3 : i64
    scf.for %i44 = %c7 to %v22 step %c3 : i64 {
      scf.for %i46 = %c7 to %c4 step %c3 : i64 {
        %v48 = arith.addi %v17, %i44 : i64
        %v49 = arith.muli %v48, %c8 : i64
        %v50 = llvm.getelementptr %q[%v49] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v51 = arith.muli %v7, %c4 : i64
        %v52 = arith.addi %v51, %i46 : i64
        %v53 = arith.muli %v52, %c9 : i64
        %v54 = llvm.getelementptr %v50[%v53] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v55 = arith.muli %i44, %c4 : i64
        %v56 = arith.addi %v55, %i46 : i64
        %v57 = arith.muli %v56, %c9 : i64
        %v58 = llvm.getelementptr %stack1[%v57] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v59 = llvm.load %v54 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
        %v60 = arith.mulf %v59, %c10 : vector<16xf32>
        llvm.store %v60, %v58 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
        %v61 = llvm.getelementptr %v54[64] : (!llvm.ptr) -> !llvm.ptr, i8
        %v62 = llvm.load %v61 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
        %v63 = arith.mulf %v62, %c10 : vector<16xf32>
        %v64 = llvm.getelementptr %v58[64] : (!llvm.ptr) -> !llvm.ptr, i8
        llvm.store %v63, %v64 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
        %v65 = arith.muli %v56, %c9 : i64
        %v66 = llvm.getelementptr %stack2[%v65] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        scf.for %i67 = %c7 to %c9 step %c11 : i64 {
          %v69 = llvm.getelementptr %v66[%i67] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          llvm.store %c12, %v69 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
        }
        %v70 = arith.muli %v56, %c13 : i64
        %v71 = llvm.getelementptr %stack3[%v70] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        llvm.store %c14, %v71 {alignment = 1 : i64} : f32, !llvm.ptr
        %v72 = llvm.getelementptr %v71[4] : (!llvm.ptr) -> !llvm.ptr, i8
        llvm.store %c15, %v72 {alignment = 1 : i64} : f32, !llvm.ptr
      }
    }
    scf.if %v43 {
    %v73 = arith.muli %v22, %c4 : i64
    %v74 = arith.divui %c7, %c16 : i64
    %v75 = arith.muli %v74, %c16 : i64
    scf.for %i76 = %v75 to %v39 step %c1 : i64 {
      %v78 = arith.subi %v39, %i76 : i64
      %v79 = arith.minsi %v78, %c1 : i64
      %v80 = arith.addi %v79, %c17 : i64
      %v81 = arith.divui %v80, %c16 : i64
      scf.for %i82 = %c7 to %v81 step %c3 : i64 {
        %v84 = arith.muli %i82, %c16 : i64
        %v85 = arith.addi %i76, %v84 : i64
        %v86 = arith.remui %v85, %c16 : i64
        %v87 = arith.divui %v86, %c16 : i64
        %v88 = arith.muli %v7, %c3 : i64
        %v89 = arith.addi %v88, %v87 : i64
        %v90 = arith.divui %v85, %c16 : i64
        %v91 = arith.muli %v90, %c6 : i64
        %v92 = llvm.getelementptr %v42[%v91] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v93 = llvm.load %v92 {alignment = 1 : i64} : !llvm.ptr -> i32
        %v94 = arith.extsi %v93 : i32 to i64
        %v95 = arith.muli %v94, %c18 : i64
        %v96 = llvm.getelementptr %kv[%v95] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v97 = arith.muli %v89, %c19 : i64
        %v98 = llvm.getelementptr %v96[%v97] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v99 = arith.subi %v81, %c3 : i64
        %v100 = arith.muli %v99, %c16 : i64
        %v101 = arith.addi %i76, %v100 : i64
        %v102 = arith.addi %v85, %c11 : i64
        %v103 = arith.minsi %v102, %v101 : i64
        %v104 = arith.remui %v103, %c16 : i64
        %v105 = arith.divui %v104, %c16 : i64
        %v106 = arith.muli %v7, %c3 : i64
        %v107 = arith.addi %v106, %v105 : i64
        %v108 = arith.divui %v103, %c16 : i64
        %v109 = arith.muli %v108, %c6 : i64
        %v110 = llvm.getelementptr %v42[%v109] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v111 = llvm.load %v110 {alignment = 1 : i64} : !llvm.ptr -> i32
        %v112 = arith.extsi %v111 : i32 to i64
        %v113 = arith.muli %v112, %c18 : i64
        %v114 = llvm.getelementptr %kv[%v113] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v115 = arith.muli %v107, %c19 : i64
        %v116 = llvm.getelementptr %v114[%v115] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v117 = llvm.getelementptr %v116[2048] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v116) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v118 = llvm.getelementptr %v116[64] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v118) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v119 = llvm.getelementptr %v116[128] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v119) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v120 = llvm.getelementptr %v116[192] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v120) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v121 = llvm.getelementptr %v116[256] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v121) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v122 = llvm.getelementptr %v116[320] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v122) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v123 = llvm.getelementptr %v116[384] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v123) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v124 = llvm.getelementptr %v116[448] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v124) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v125 = llvm.getelementptr %v116[512] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v125) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v126 = llvm.getelementptr %v116[576] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v126) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v127 = llvm.getelementptr %v116[640] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v127) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v128 = llvm.getelementptr %v116[704] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v128) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v129 = llvm.getelementptr %v116[768] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v129) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v130 = llvm.getelementptr %v116[832] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v130) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v131 = llvm.getelementptr %v116[896] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v131) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v132 = llvm.getelementptr %v116[960] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v132) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        "llvm.intr.prefetch"(%v117) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v133 = llvm.getelementptr %v117[64] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v133) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v134 = llvm.getelementptr %v117[128] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v134) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v135 = llvm.getelementptr %v117[192] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v135) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v136 = llvm.getelementptr %v117[256] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v136) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v137 = llvm.getelementptr %v117[320] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v137) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v138 = llvm.getelementptr %v117[384] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v138) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v139 = llvm.getelementptr %v117[448] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v139) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v140 = llvm.getelementptr %v117[512] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v140) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v141 = llvm.getelementptr %v117[576] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v141) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v142 = llvm.getelementptr %v117[640] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v142) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v143 = llvm.getelementptr %v117[704] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v143) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v144 = llvm.getelementptr %v117[768] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v144) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v145 = llvm.getelementptr %v117[832] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v145) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v146 = llvm.getelementptr %v117[896] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v146) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        %v147 = llvm.getelementptr %v117[960] : (!llvm.ptr) -> !llvm.ptr, i8
        "llvm.intr.prefetch"(%v147) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
        scf.for %i148 = %c7 to %v73 step %c4 : i64 {
          %v150 = arith.muli %i148, %c9 : i64
          %v151 = llvm.getelementptr %stack1[%v150] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v152 = arith.muli %i148, %c19 : i64
          %v153 = llvm.getelementptr %stack4[%v152] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v154 = arith.muli %i82, %c11 : i64
          %v155 = llvm.getelementptr %v153[%v154] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          func.call @attention_causal_4_2x32_p16_l4_f16_0p125_q8_r16_avx512vnni_scores2(%v151, %v98, %v155) : (!llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
        }
      }
      scf.for %i156 = %c7 to %v22 step %c3 : i64 {
        %v158 = arith.addi %v38, %i156 : i64
        %v159 = arith.addi %v158, %c3 : i64
        scf.for %i160 = %c7 to %c4 step %c3 : i64 {
          %v162 = arith.muli %i156, %c4 : i64
          %v163 = arith.addi %v162, %i160 : i64
          %v164 = arith.muli %v163, %c19 : i64
          %v165 = llvm.getelementptr %stack4[%v164] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v166 = arith.muli %v163, %c13 : i64
          %v167 = llvm.getelementptr %stack3[%v166] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v168 = arith.muli %v163, %c9 : i64
          %v169 = llvm.getelementptr %stack2[%v168] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          func.call @attention_causal_4_2x32_p16_l4_f16_0p125_q8_r16_avx512vnni_softmax(%v165, %v167, %v169, %i76, %v81, %c7, %v159) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64, i64) -> ()
        }
      }
      %v170 = arith.addi %i76, %v79 : i64
      %v171 = arith.divui %i76, %c16 : i64
      %v172 = arith.subi %v170, %c3 : i64
      %v173 = arith.divui %v172, %c16 : i64
      %v174 = arith.addi %v173, %c3 : i64
      scf.for %i175 = %v171 to %v174 step %c3 : i64 {
        %v177 = arith.muli %i175, %c16 : i64
        %v178 = arith.maxsi %v177, %i76 : i64
        %v179 = arith.addi %i175, %c3 : i64
        %v180 = arith.muli %v179, %c16 : i64
        %v181 = arith.minsi %v180, %v170 : i64
        %v182 = arith.muli %v7, %c16 : i64
        %v183 = arith.remui %v178, %c16 : i64
        %v184 = arith.addi %v182, %v183 : i64
        %v185 = arith.divui %v178, %c16 : i64
        %v186 = arith.muli %v185, %c6 : i64
        %v187 = llvm.getelementptr %v42[%v186] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v188 = llvm.load %v187 {alignment = 1 : i64} : !llvm.ptr -> i32
        %v189 = arith.extsi %v188 : i32 to i64
        %v190 = arith.muli %v189, %c18 : i64
        %v191 = llvm.getelementptr %kv[%v190] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v192 = arith.muli %v184, %c11 : i64
        %v193 = llvm.getelementptr %v191[%v192] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v194 = llvm.getelementptr %v193[2048] : (!llvm.ptr) -> !llvm.ptr, i8
        scf.for %i195 = %c7 to %v73 step %c4 : i64 {
          %v197 = arith.muli %i195, %c19 : i64
          %v198 = llvm.getelementptr %stack4[%v197] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v199 = arith.subi %v178, %i76 : i64
          %v200 = arith.muli %v199, %c6 : i64
          %v201 = llvm.getelementptr %v198[%v200] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v202 = arith.muli %i195, %c9 : i64
          %v203 = llvm.getelementptr %stack2[%v202] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v204 = arith.subi %v181, %v178 : i64
          func.call @attention_causal_4_2x32_p16_l4_f16_0p125_q8_r16_avx512vnni_values2(%v201, %v194, %v203, %v204) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64) -> ()
        }
      }
    }
    } else {
    %v205 = arith.muli %v22, %c4 : i64
    %v206 = arith.divui %c7, %c16 : i64
    %v207 = arith.muli %v206, %c16 : i64
    scf.for %i208 = %v207 to %v39 step %c1 : i64 {
      %v210 = arith.subi %v39, %i208 : i64
      %v211 = arith.minsi %v210, %c1 : i64
      %v212 = arith.addi %v211, %c17 : i64
      %v213 = arith.divui %v212, %c16 : i64
      scf.for %i214 = %c7 to %v213 step %c3 : i64 {
        %v216 = arith.muli %i214, %c16 : i64
        %v217 = arith.addi %i208, %v216 : i64
        %v218 = arith.remui %v217, %c16 : i64
        %v219 = arith.divui %v218, %c16 : i64
        %v220 = arith.muli %v7, %c3 : i64
        %v221 = arith.addi %v220, %v219 : i64
        %v222 = arith.divui %v217, %c16 : i64
        %v223 = arith.muli %v222, %c6 : i64
        %v224 = llvm.getelementptr %v42[%v223] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v225 = llvm.load %v224 {alignment = 1 : i64} : !llvm.ptr -> i32
        %v226 = arith.extsi %v225 : i32 to i64
        %v227 = arith.muli %v226, %c18 : i64
        %v228 = llvm.getelementptr %kv[%v227] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v229 = arith.muli %v221, %c19 : i64
        %v230 = llvm.getelementptr %v228[%v229] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        scf.for %i231 = %c7 to %v205 step %c13 : i64 {
          %v233 = arith.muli %i231, %c9 : i64
          %v234 = llvm.getelementptr %stack1[%v233] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v235 = arith.muli %i231, %c19 : i64
          %v236 = llvm.getelementptr %stack4[%v235] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v237 = arith.muli %i214, %c11 : i64
          %v238 = llvm.getelementptr %v236[%v237] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          func.call @attention_causal_4_2x32_p16_l4_f16_0p125_q8_r16_avx512vnni_scores8(%v234, %v230, %v238) : (!llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
        }
      }
      scf.for %i239 = %c7 to %v22 step %c3 : i64 {
        %v241 = arith.addi %v38, %i239 : i64
        %v242 = arith.addi %v241, %c3 : i64
        scf.for %i243 = %c7 to %c4 step %c3 : i64 {
          %v245 = arith.muli %i239, %c4 : i64
          %v246 = arith.addi %v245, %i243 : i64
          %v247 = arith.muli %v246, %c19 : i64
          %v248 = llvm.getelementptr %stack4[%v247] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v249 = arith.muli %v246, %c13 : i64
          %v250 = llvm.getelementptr %stack3[%v249] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v251 = arith.muli %v246, %c9 : i64
          %v252 = llvm.getelementptr %stack2[%v251] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          func.call @attention_causal_4_2x32_p16_l4_f16_0p125_q8_r16_avx512vnni_softmax(%v248, %v250, %v252, %i208, %v213, %c7, %v242) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64, i64) -> ()
        }
      }
      %v253 = arith.addi %i208, %v211 : i64
      %v254 = arith.divui %i208, %c16 : i64
      %v255 = arith.subi %v253, %c3 : i64
      %v256 = arith.divui %v255, %c16 : i64
      %v257 = arith.addi %v256, %c3 : i64
      scf.for %i258 = %v254 to %v257 step %c3 : i64 {
        %v260 = arith.muli %i258, %c16 : i64
        %v261 = arith.maxsi %v260, %i208 : i64
        %v262 = arith.addi %i258, %c3 : i64
        %v263 = arith.muli %v262, %c16 : i64
        %v264 = arith.minsi %v263, %v253 : i64
        %v265 = arith.muli %v7, %c16 : i64
        %v266 = arith.remui %v261, %c16 : i64
        %v267 = arith.addi %v265, %v266 : i64
        %v268 = arith.divui %v261, %c16 : i64
        %v269 = arith.muli %v268, %c6 : i64
        %v270 = llvm.getelementptr %v42[%v269] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v271 = llvm.load %v270 {alignment = 1 : i64} : !llvm.ptr -> i32
        %v272 = arith.extsi %v271 : i32 to i64
        %v273 = arith.muli %v272, %c18 : i64
        %v274 = llvm.getelementptr %kv[%v273] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v275 = arith.muli %v267, %c11 : i64
        %v276 = llvm.getelementptr %v274[%v275] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v277 = llvm.getelementptr %v276[2048] : (!llvm.ptr) -> !llvm.ptr, i8
        scf.for %i278 = %c7 to %v205 step %c13 : i64 {
          %v280 = arith.muli %i278, %c19 : i64
          %v281 = llvm.getelementptr %stack4[%v280] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v282 = arith.subi %v261, %i208 : i64
          %v283 = arith.muli %v282, %c6 : i64
          %v284 = llvm.getelementptr %v281[%v283] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v285 = arith.muli %i278, %c9 : i64
          %v286 = llvm.getelementptr %stack2[%v285] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v287 = arith.subi %v264, %v261 : i64
          func.call @attention_causal_4_2x32_p16_l4_f16_0p125_q8_r16_avx512vnni_values8(%v284, %v277, %v286, %v287) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64) -> ()
        }
      }
    }
    }
    scf.for %i288 = %c7 to %v22 step %c3 : i64 {
      scf.for %i290 = %c7 to %c4 step %c3 : i64 {
        %v292 = arith.muli %i288, %c4 : i64
        %v293 = arith.addi %v292, %i290 : i64
        %v294 = arith.muli %v293, %c9 : i64
        %v295 = llvm.getelementptr %stack2[%v294] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v296 = arith.muli %v293, %c13 : i64
        %v297 = llvm.getelementptr %stack3[%v296] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v298 = llvm.getelementptr %v297[4] : (!llvm.ptr) -> !llvm.ptr, i8
        %v299 = llvm.load %v298 {alignment = 1 : i64} : !llvm.ptr -> f32
        %v300 = arith.addi %v17, %i288 : i64
        %v301 = arith.muli %v300, %c20 : i64
        %v302 = llvm.getelementptr %y[%v301] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v303 = arith.muli %v7, %c4 : i64
        %v304 = arith.addi %v303, %i290 : i64
        %v305 = arith.divf %c21, %v299 : f32
        %v306 = vector.broadcast %v305 : f32 to vector<16xf32>
        %v307 = llvm.getelementptr %v295[64] : (!llvm.ptr) -> !llvm.ptr, i8
        %v308 = llvm.load %v295 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
        %v309 = arith.mulf %v308, %v306 : vector<16xf32>
        %v310 = llvm.load %v307 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
        %v311 = arith.mulf %v310, %v306 : vector<16xf32>
        %v312 = arith.muli %v304, %c3 : i64
        %v313 = arith.addi %v312, %c7 : i64
        %v314 = vector.bitcast %v309 : vector<16xf32> to vector<16xi32>
        %v315 = arith.andi %v314, %c22 : vector<16xi32>
        %v316 = vector.bitcast %v315 : vector<16xi32> to vector<16xf32>
        %v317 = vector.bitcast %v311 : vector<16xf32> to vector<16xi32>
        %v318 = arith.andi %v317, %c22 : vector<16xi32>
        %v319 = vector.bitcast %v318 : vector<16xi32> to vector<16xf32>
        %v320 = arith.maxnumf %v316, %v319 : vector<16xf32>
        %v321 = vector.reduction <maxnumf>, %v320 fastmath<reassoc> : vector<16xf32> into f32
        %v322 = arith.cmpf ogt, %v321, %c15 : f32
        %v323 = arith.divf %c23, %v321 : f32
        %v324 = arith.mulf %v321, %c24 : f32
        %v325 = arith.select %v322, %v323, %c15 : f32
        %v326 = vector.broadcast %v325 : f32 to vector<16xf32>
        %v327 = arith.mulf %v309, %v326 : vector<16xf32>
        %v328 = arith.addf %v327, %c25 : vector<16xf32>
        %v329 = vector.bitcast %v328 : vector<16xf32> to vector<16xi32>
        %v330 = arith.subi %v329, %c26 : vector<16xi32>
        %v331 = arith.subf %v328, %c25 : vector<16xf32>
        %v332 = arith.mulf %v311, %v326 : vector<16xf32>
        %v333 = arith.addf %v332, %c25 : vector<16xf32>
        %v334 = vector.bitcast %v333 : vector<16xf32> to vector<16xi32>
        %v335 = arith.subi %v334, %c26 : vector<16xi32>
        %v336 = arith.subf %v333, %c25 : vector<16xf32>
        %v337 = arith.muli %v313, %c27 : i64
        %v338 = llvm.getelementptr %v302[%v337] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v339 = arith.trunci %v330 : vector<16xi32> to vector<16xi8>
        llvm.store %v339, %v338 {alignment = 1 : i64} : vector<16xi8>, !llvm.ptr
        %v340 = arith.trunci %v335 : vector<16xi32> to vector<16xi8>
        %v341 = llvm.getelementptr %v338[16] : (!llvm.ptr) -> !llvm.ptr, i8
        llvm.store %v340, %v341 {alignment = 1 : i64} : vector<16xi8>, !llvm.ptr
        %v342 = arith.addi %v330, %v335 : vector<16xi32>
        %v343 = vector.reduction <add>, %v342 : vector<16xi32> into i32
        %v344 = arith.sitofp %v343 : i32 to f32
        %v345 = arith.muli %v313, %c6 : i64
        %v346 = llvm.getelementptr %v302[%v345] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v347 = llvm.getelementptr %v346[128] : (!llvm.ptr) -> !llvm.ptr, i8
        llvm.store %v324, %v347 {alignment = 1 : i64} : f32, !llvm.ptr
        %v348 = arith.mulf %v344, %v324 : f32
        %v349 = llvm.getelementptr %v347[16] : (!llvm.ptr) -> !llvm.ptr, i8
        llvm.store %v348, %v349 {alignment = 1 : i64} : f32, !llvm.ptr
      }
    }
  }
  return
}
