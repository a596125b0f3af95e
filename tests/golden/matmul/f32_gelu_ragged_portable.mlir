func.func private @matmul_k37_n75_f32_f32_f32_gelu_bias_portable_tile1(%x: !llvm.ptr, %last: i64, %w: !llvm.ptr, %out: !llvm.ptr, %centres: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant dense<0.000000000e+00> : vector<8xf32>
  %c1 = arith.constant 0 : i64
  %c2 = arith.constant 36 : i64
  %c3 = arith.constant 4 : i64
  %c4 = arith.constant 64 : i64
  %r10:8 = scf.for %i1 = %c1 to %c2 step %c3 iter_args(%a2 = %c0, %a3 = %c0, %a4 = %c0, %a5 = %c0, %a6 = %c0, %a7 = %c0, %a8 = %c0, %a9 = %c0) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>) : i64 {
    %v11 = arith.muli %i1, %c4 : i64
    %v12 = llvm.getelementptr %w[%v11] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v13 = arith.muli %i1, %c3 : i64
    %v14 = llvm.getelementptr %x[%v13] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v15 = llvm.load %v12 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v16 = llvm.getelementptr %v12[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v17 = llvm.load %v16 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v18 = llvm.load %v14 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v19 = vector.broadcast %v18 : f32 to vector<8xf32>
    %v20 = vector.fma %v15, %v19, %a2 : vector<8xf32>
    %v21 = vector.fma %v17, %v19, %a3 : vector<8xf32>
    %v22 = llvm.getelementptr %v12[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v23 = llvm.load %v22 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v24 = llvm.getelementptr %v12[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v25 = llvm.load %v24 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v26 = llvm.getelementptr %v14[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v27 = llvm.load %v26 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v28 = vector.broadcast %v27 : f32 to vector<8xf32>
    %v29 = vector.fma %v23, %v28, %a4 : vector<8xf32>
    %v30 = vector.fma %v25, %v28, %a5 : vector<8xf32>
    %v31 = llvm.getelementptr %v12[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v32 = llvm.load %v31 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v33 = llvm.getelementptr %v12[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v34 = llvm.load %v33 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v35 = llvm.getelementptr %v14[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v36 = llvm.load %v35 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v37 = vector.broadcast %v36 : f32 to vector<8xf32>
    %v38 = vector.fma %v32, %v37, %a6 : vector<8xf32>
    %v39 = vector.fma %v34, %v37, %a7 : vector<8xf32>
    %v40 = llvm.getelementptr %v12[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v41 = llvm.load %v40 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v42 = llvm.getelementptr %v12[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v43 = llvm.load %v42 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v44 = llvm.getelementptr %v14[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v45 = llvm.load %v44 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v46 = vector.broadcast %v45 : f32 to vector<8xf32>
    %v47 = vector.fma %v41, %v46, %a8 : vector<8xf32>
    %v48 = vector.fma %v43, %v46, %a9 : vector<8xf32>
    scf.yield %v20, %v21, %v29, %v30, %v38, %v39, %v47, %v48 : vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>
  }
  %v49 = arith.muli %c2, %c4 : i64
  %v50 = llvm.getelementptr %w[%v49] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v51 = arith.muli %c2, %c3 : i64
  %v52 = llvm.getelementptr %x[%v51] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v53 = llvm.load %v50 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
  %v54 = llvm.getelementptr %v50[32] : (!llvm.ptr) -> !llvm.ptr, i8
  %v55 = llvm.load %v54 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
  %v56 = llvm.load %v52 {alignment = 1 : i64} : !llvm.ptr -> f32
  %v57 = vector.broadcast %v56 : f32 to vector<8xf32>
  %v58 = vector.fma %v53, %v57, %r10#0 : vector<8xf32>
  %v59 = vector.fma %v55, %v57, %r10#1 : vector<8xf32>
  %v60 = arith.addf %v58, %r10#2 : vector<8xf32>
  %v61 = arith.addf %v59, %r10#3 : vector<8xf32>
  %v62 = arith.addf %v60, %r10#4 : vector<8xf32>
  %v63 = arith.addf %v61, %r10#5 : vector<8xf32>
  %v64 = arith.addf %v62, %r10#6 : vector<8xf32>
  %v65 = arith.addf %v63, %r10#7 : vector<8xf32>
  llvm.store %v64, %out {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v66 = llvm.getelementptr %out[32] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v65, %v66 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  return
}
func.func private @matmul_k37_n75_f32_f32_f32_gelu_bias_portable_tile3(%x: !llvm.ptr, %last: i64, %w: !llvm.ptr, %out: !llvm.ptr, %centres: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 1 : i64
  %c1 = arith.constant 192 : i64
  %c2 = arith.constant 2 : i64
  %c3 = arith.constant dense<0.000000000e+00> : vector<8xf32>
  %c4 = arith.constant 0 : i64
  %c5 = arith.constant 36 : i64
  %c6 = arith.constant 4 : i64
  %c7 = arith.constant 64 : i64
  %v1 = arith.minsi %c0, %last : i64
  %v2 = arith.muli %v1, %c1 : i64
  %v3 = llvm.getelementptr %x[%v2] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v4 = arith.minsi %c2, %last : i64
  %v5 = arith.muli %v4, %c1 : i64
  %v6 = llvm.getelementptr %x[%v5] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %r14:6 = scf.for %i7 = %c4 to %c5 step %c6 iter_args(%a8 = %c3, %a9 = %c3, %a10 = %c3, %a11 = %c3, %a12 = %c3, %a13 = %c3) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>) : i64 {
    %v15 = arith.muli %i7, %c7 : i64
    %v16 = llvm.getelementptr %w[%v15] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v17 = arith.muli %i7, %c6 : i64
    %v18 = llvm.getelementptr %x[%v17] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v19 = llvm.getelementptr %v3[%v17] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v20 = llvm.getelementptr %v6[%v17] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v21 = llvm.getelementptr %v16[6144] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v21) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v22 = llvm.getelementptr %v16[6208] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v22) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v23 = llvm.getelementptr %v16[6272] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v23) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v24 = llvm.getelementptr %v16[6336] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v24) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v25 = llvm.load %v16 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v26 = llvm.getelementptr %v16[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v27 = llvm.load %v26 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v28 = llvm.load %v18 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v29 = vector.broadcast %v28 : f32 to vector<8xf32>
    %v30 = vector.fma %v25, %v29, %a8 : vector<8xf32>
    %v31 = vector.fma %v27, %v29, %a9 : vector<8xf32>
    %v32 = llvm.load %v19 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v33 = vector.broadcast %v32 : f32 to vector<8xf32>
    %v34 = vector.fma %v25, %v33, %a10 : vector<8xf32>
    %v35 = vector.fma %v27, %v33, %a11 : vector<8xf32>
    %v36 = llvm.load %v20 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v37 = vector.broadcast %v36 : f32 to vector<8xf32>
    %v38 = vector.fma %v25, %v37, %a12 : vector<8xf32>
    %v39 = vector.fma %v27, %v37, %a13 : vector<8xf32>
    %v40 = llvm.getelementptr %v16[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v41 = llvm.load %v40 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v42 = llvm.getelementptr %v16[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v43 = llvm.load %v42 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v44 = llvm.getelementptr %v18[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v45 = llvm.load %v44 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v46 = vector.broadcast %v45 : f32 to vector<8xf32>
    %v47 = vector.fma %v41, %v46, %v30 : vector<8xf32>
    %v48 = vector.fma %v43, %v46, %v31 : vector<8xf32>
    %v49 = llvm.getelementptr %v19[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v50 = llvm.load %v49 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v51 = vector.broadcast %v50 : f32 to vector<8xf32>
    %v52 = vector.fma %v41, %v51, %v34 : vector<8xf32>
    %v53 = vector.fma %v43, %v51, %v35 : vector<8xf32>
    %v54 = llvm.getelementptr %v20[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v55 = llvm.load %v54 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v56 = vector.broadcast %v55 : f32 to vector<8xf32>
    %v57 = vector.fma %v41, %v56, %v38 : vector<8xf32>
    %v58 = vector.fma %v43, %v56, %v39 : vector<8xf32>
    %v59 = llvm.getelementptr %v16[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v60 = llvm.load %v59 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v61 = llvm.getelementptr %v16[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v62 = llvm.load %v61 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v63 = llvm.getelementptr %v18[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v64 = llvm.load %v63 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v65 = vector.broadcast %v64 : f32 to vector<8xf32>
    %v66 = vector.fma %v60, %v65, %v47 : vector<8xf32>
    %v67 = vector.fma %v62, %v65, %v48 : vector<8xf32>
    %v68 = llvm.getelementptr %v19[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v69 = llvm.load %v68 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v70 = vector.broadcast %v69 : f32 to vector<8xf32>
    %v71 = vector.fma %v60, %v70, %v52 : vector<8xf32>
    %v72 = vector.fma %v62, %v70, %v53 : vector<8xf32>
    %v73 = llvm.getelementptr %v20[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v74 = llvm.load %v73 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v75 = vector.broadcast %v74 : f32 to vector<8xf32>
    %v76 = vector.fma %v60, %v75, %v57 : vector<8xf32>
    %v77 = vector.fma %v62, %v75, %v58 : vector<8xf32>
    %v78 = llvm.getelementptr %v16[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v79 = llvm.load %v78 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v80 = llvm.getelementptr %v16[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v81 = llvm.load %v80 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v82 = llvm.getelementptr %v18[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v83 = llvm.load %v82 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v84 = vector.broadcast %v83 : f32 to vector<8xf32>
    %v85 = vector.fma %v79, %v84, %v66 : vector<8xf32>
    %v86 = vector.fma %v81, %v84, %v67 : vector<8xf32>
    %v87 = llvm.getelementptr %v19[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v88 = llvm.load %v87 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v89 = vector.broadcast %v88 : f32 to vector<8xf32>
    %v90 = vector.fma %v79, %v89, %v71 : vector<8xf32>
    %v91 = vector.fma %v81, %v89, %v72 : vector<8xf32>
    %v92 = llvm.getelementptr %v20[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v93 = llvm.load %v92 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v94 = vector.broadcast %v93 : f32 to vector<8xf32>
    %v95 = vector.fma %v79, %v94, %v76 : vector<8xf32>
    %v96 = vector.fma %v81, %v94, %v77 : vector<8xf32>
    scf.yield %v85, %v86, %v90, %v91, %v95, %v96 : vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>
  }
  %v97 = arith.muli %c5, %c7 : i64
  %v98 = llvm.getelementptr %w[%v97] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v99 = arith.muli %c5, %c6 : i64
  %v100 = llvm.getelementptr %x[%v99] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v101 = llvm.getelementptr %v3[%v99] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v102 = llvm.getelementptr %v6[%v99] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v103 = llvm.getelementptr %v98[6144] : (!llvm.ptr) -> !llvm.ptr, i8
  "llvm.intr.prefetch"(%v103) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
  %v104 = llvm.load %v98 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
  %v105 = llvm.getelementptr %v98[32] : (!llvm.ptr) -> !llvm.ptr, i8
  %v106 = llvm.load %v105 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
  %v107 = llvm.load %v100 {alignment = 1 : i64} : !llvm.ptr -> f32
  %v108 = vector.broadcast %v107 : f32 to vector<8xf32>
  %v109 = vector.fma %v104, %v108, %r14#0 : vector<8xf32>
  %v110 = vector.fma %v106, %v108, %r14#1 : vector<8xf32>
  %v111 = llvm.load %v101 {alignment = 1 : i64} : !llvm.ptr -> f32
  %v112 = vector.broadcast %v111 : f32 to vector<8xf32>
  %v113 = vector.fma %v104, %v112, %r14#2 : vector<8xf32>
  %v114 = vector.fma %v106, %v112, %r14#3 : vector<8xf32>
  %v115 = llvm.load %v102 {alignment = 1 : i64} : !llvm.ptr -> f32
  %v116 = vector.broadcast %v115 : f32 to vector<8xf32>
  %v117 = vector.fma %v104, %v116, %r14#4 : vector<8xf32>
  %v118 = vector.fma %v106, %v116, %r14#5 : vector<8xf32>
  llvm.store %v109, %out {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v119 = llvm.getelementptr %out[32] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v110, %v119 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v120 = llvm.getelementptr %out[128] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v113, %v120 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v121 = llvm.getelementptr %out[160] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v114, %v121 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v122 = llvm.getelementptr %out[256] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v117, %v122 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v123 = llvm.getelementptr %out[288] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v118, %v123 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  return
}
func.func private @matmul_k37_n75_f32_f32_f32_gelu_bias_portable_tile6(%x: !llvm.ptr, %last: i64, %w: !llvm.ptr, %out: !llvm.ptr, %centres: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 1 : i64
  %c1 = arith.constant 192 : i64
  %c2 = arith.constant 2 : i64
  %c3 = arith.constant 3 : i64
  %c4 = arith.constant 4 : i64
  %c5 = arith.constant 5 : i64
  %c6 = arith.constant dense<0.000000000e+00> : vector<8xf32>
  %c7 = arith.constant 0 : i64
  %c8 = arith.constant 36 : i64
  %c9 = arith.constant 64 : i64
  %v1 = arith.minsi %c0, %last : i64
  %v2 = arith.muli %v1, %c1 : i64
  %v3 = llvm.getelementptr %x[%v2] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v4 = arith.minsi %c2, %last : i64
  %v5 = arith.muli %v4, %c1 : i64
  %v6 = llvm.getelementptr %x[%v5] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v7 = arith.minsi %c3, %last : i64
  %v8 = arith.muli %v7, %c1 : i64
  %v9 = llvm.getelementptr %x[%v8] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v10 = arith.minsi %c4, %last : i64
  %v11 = arith.muli %v10, %c1 : i64
  %v12 = llvm.getelementptr %x[%v11] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v13 = arith.minsi %c5, %last : i64
  %v14 = arith.muli %v13, %c1 : i64
  %v15 = llvm.getelementptr %x[%v14] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %r29:12 = scf.for %i16 = %c7 to %c8 step %c4 iter_args(%a17 = %c6, %a18 = %c6, %a19 = %c6, %a20 = %c6, %a21 = %c6, %a22 = %c6, %a23 = %c6, %a24 = %c6, %a25 = %c6, %a26 = %c6, %a27 = %c6, %a28 = %c6) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>) : i64 {
    %v30 = arith.muli %i16, %c9 : i64
    %v31 = llvm.getelementptr %w[%v30] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v32 = arith.muli %i16, %c4 : i64
    %v33 = llvm.getelementptr %x[%v32] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v34 = llvm.getelementptr %v3[%v32] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v35 = llvm.getelementptr %v6[%v32] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v36 = llvm.getelementptr %v9[%v32] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v37 = llvm.getelementptr %v12[%v32] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v38 = llvm.getelementptr %v15[%v32] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v39 = llvm.getelementptr %v31[6144] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v39) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v40 = llvm.getelementptr %v31[6208] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v40) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v41 = llvm.getelementptr %v31[6272] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v41) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v42 = llvm.getelementptr %v31[6336] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v42) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v43 = llvm.load %v31 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v44 = llvm.getelementptr %v31[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v45 = llvm.load %v44 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v46 = llvm.load %v33 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v47 = vector.broadcast %v46 : f32 to vector<8xf32>
    %v48 = vector.fma %v43, %v47, %a17 : vector<8xf32>
    %v49 = vector.fma %v45, %v47, %a18 : vector<8xf32>
    %v50 = llvm.load %v34 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v51 = vector.broadcast %v50 : f32 to vector<8xf32>
    %v52 = vector.fma %v43, %v51, %a19 : vector<8xf32>
    %v53 = vector.fma %v45, %v51, %a20 : vector<8xf32>
    %v54 = llvm.load %v35 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v55 = vector.broadcast %v54 : f32 to vector<8xf32>
    %v56 = vector.fma %v43, %v55, %a21 : vector<8xf32>
    %v57 = vector.fma %v45, %v55, %a22 : vector<8xf32>
    %v58 = llvm.load %v36 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v59 = vector.broadcast %v58 : f32 to vector<8xf32>
    %v60 = vector.fma %v43, %v59, %a23 : vector<8xf32>
    %v61 = vector.fma %v45, %v59, %a24 : vector<8xf32>
    %v62 = llvm.load %v37 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v63 = vector.broadcast %v62 : f32 to vector<8xf32>
    %v64 = vector.fma %v43, %v63, %a25 : vector<8xf32>
    %v65 = vector.fma %v45, %v63, %a26 : vector<8xf32>
    %v66 = llvm.load %v38 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v67 = vector.broadcast %v66 : f32 to vector<8xf32>
    %v68 = vector.fma %v43, %v67, %a27 : vector<8xf32>
    %v69 = vector.fma %v45, %v67, %a28 : vector<8xf32>
    %v70 = llvm.getelementptr %v31[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v71 = llvm.load %v70 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v72 = llvm.getelementptr %v31[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v73 = llvm.load %v72 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v74 = llvm.getelementptr %v33[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v75 = llvm.load %v74 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v76 = vector.broadcast %v75 : f32 to vector<8xf32>
    %v77 = vector.fma %v71, %v76, %v48 : vector<8xf32>
    %v78 = vector.fma %v73, %v76, %v49 : vector<8xf32>
    %v79 = llvm.getelementptr %v34[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v80 = llvm.load %v79 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v81 = vector.broadcast %v80 : f32 to vector<8xf32>
    %v82 = vector.fma %v71, %v81, %v52 : vector<8xf32>
    %v83 = vector.fma %v73, %v81, %v53 : vector<8xf32>
    %v84 = llvm.getelementptr %v35[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v85 = llvm.load %v84 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v86 = vector.broadcast %v85 : f32 to vector<8xf32>
    %v87 = vector.fma %v71, %v86, %v56 : vector<8xf32>
    %v88 = vector.fma %v73, %v86, %v57 : vector<8xf32>
    %v89 = llvm.getelementptr %v36[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v90 = llvm.load %v89 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v91 = vector.broadcast %v90 : f32 to vector<8xf32>
    %v92 = vector.fma %v71, %v91, %v60 : vector<8xf32>
    %v93 = vector.fma %v73, %v91, %v61 : vector<8xf32>
    %v94 = llvm.getelementptr %v37[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v95 = llvm.load %v94 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v96 = vector.broadcast %v95 : f32 to vector<8xf32>
    %v97 = vector.fma %v71, %v96, %v64 : vector<8xf32>
    %v98 = vector.fma %v73, %v96, %v65 : vector<8xf32>
    %v99 = llvm.getelementptr %v38[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v100 = llvm.load %v99 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v101 = vector.broadcast %v100 : f32 to vector<8xf32>
    %v102 = vector.fma %v71, %v101, %v68 : vector<8xf32>
    %v103 = vector.fma %v73, %v101, %v69 : vector<8xf32>
    %v104 = llvm.getelementptr %v31[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v105 = llvm.load %v104 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v106 = llvm.getelementptr %v31[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v107 = llvm.load %v106 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v108 = llvm.getelementptr %v33[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v109 = llvm.load %v108 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v110 = vector.broadcast %v109 : f32 to vector<8xf32>
    %v111 = vector.fma %v105, %v110, %v77 : vector<8xf32>
    %v112 = vector.fma %v107, %v110, %v78 : vector<8xf32>
    %v113 = llvm.getelementptr %v34[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v114 = llvm.load %v113 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v115 = vector.broadcast %v114 : f32 to vector<8xf32>
    %v116 = vector.fma %v105, %v115, %v82 : vector<8xf32>
    %v117 = vector.fma %v107, %v115, %v83 : vector<8xf32>
    %v118 = llvm.getelementptr %v35[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v119 = llvm.load %v118 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v120 = vector.broadcast %v119 : f32 to vector<8xf32>
    %v121 = vector.fma %v105, %v120, %v87 : vector<8xf32>
    %v122 = vector.fma %v107, %v120, %v88 : vector<8xf32>
    %v123 = llvm.getelementptr %v36[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v124 = llvm.load %v123 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v125 = vector.broadcast %v124 : f32 to vector<8xf32>
    %v126 = vector.fma %v105, %v125, %v92 : vector<8xf32>
    %v127 = vector.fma %v107, %v125, %v93 : vector<8xf32>
    %v128 = llvm.getelementptr %v37[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v129 = llvm.load %v128 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v130 = vector.broadcast %v129 : f32 to vector<8xf32>
    %v131 = vector.fma %v105, %v130, %v97 : vector<8xf32>
    %v132 = vector.fma %v107, %v130, %v98 : vector<8xf32>
    %v133 = llvm.getelementptr %v38[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v134 = llvm.load %v133 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v135 = vector.broadcast %v134 : f32 to vector<8xf32>
    %v136 = vector.fma %v105, %v135, %v102 : vector<8xf32>
    %v137 = vector.fma %v107, %v135, %v103 : vector<8xf32>
    %v138 = llvm.getelementptr %v31[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v139 = llvm.load %v138 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v140 = llvm.getelementptr %v31[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v141 = llvm.load %v140 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v142 = llvm.getelementptr %v33[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v143 = llvm.load %v142 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v144 = vector.broadcast %v143 : f32 to vector<8xf32>
    %v145 = vector.fma %v139, %v144, %v111 : vector<8xf32>
    %v146 = vector.fma %v141, %v144, %v112 : vector<8xf32>
    %v147 = llvm.getelementptr %v34[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v148 = llvm.load %v147 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v149 = vector.broadcast %v148 : f32 to vector<8xf32>
    %v150 = vector.fma %v139, %v149, %v116 : vector<8xf32>
    %v151 = vector.fma %v141, %v149, %v117 : vector<8xf32>
    %v152 = llvm.getelementptr %v35[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v153 = llvm.load %v152 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v154 = vector.broadcast %v153 : f32 to vector<8xf32>
    %v155 = vector.fma %v139, %v154, %v121 : vector<8xf32>
    %v156 = vector.fma %v141, %v154, %v122 : vector<8xf32>
    %v157 = llvm.getelementptr %v36[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v158 = llvm.load %v157 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v159 = vector.broadcast %v158 : f32 to vector<8xf32>
    %v160 = vector.fma %v139, %v159, %v126 : vector<8xf32>
    %v161 = vector.fma %v141, %v159, %v127 : vector<8xf32>
    %v162 = llvm.getelementptr %v37[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v163 = llvm.load %v162 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v164 = vector.broadcast %v163 : f32 to vector<8xf32>
    %v165 = vector.fma %v139, %v164, %v131 : vector<8xf32>
    %v166 = vector.fma %v141, %v164, %v132 : vector<8xf32>
    %v167 = llvm.getelementptr %v38[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v168 = llvm.load %v167 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v169 = vector.broadcast %v168 : f32 to vector<8xf32>
    %v170 = vector.fma %v139, %v169, %v136 : vector<8xf32>
    %v171 = vector.fma %v141, %v169, %v137 : vector<8xf32>
    scf.yield %v145, %v146, %v150, %v151, %v155, %v156, %v160, %v161, %v165, %v166, %v170, %v171 : vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>
  }
  %v172 = arith.muli %c8, %c9 : i64
  %v173 = llvm.getelementptr %w[%v172] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v174 = arith.muli %c8, %c4 : i64
  %v175 = llvm.getelementptr %x[%v174] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v176 = llvm.getelementptr %v3[%v174] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v177 = llvm.getelementptr %v6[%v174] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v178 = llvm.getelementptr %v9[%v174] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v179 = llvm.getelementptr %v12[%v174] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v180 = llvm.getelementptr %v15[%v174] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v181 = llvm.getelementptr %v173[6144] : (!llvm.ptr) -> !llvm.ptr, i8
  "llvm.intr.prefetch"(%v181) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
  %v182 = llvm.load %v173 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
  %v183 = llvm.getelementptr %v173[32] : (!llvm.ptr) -> !llvm.ptr, i8
  %v184 = llvm.load %v183 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
  %v185 = llvm.load %v175 {alignment = 1 : i64} : !llvm.ptr -> f32
  %v186 = vector.broadcast %v185 : f32 to vector<8xf32>
  %v187 = vector.fma %v182, %v186, %r29#0 : vector<8xf32>
  %v188 = vector.fma %v184, %v186, %r29#1 : vector<8xf32>
  %v189 = llvm.load %v176 {alignment = 1 : i64} : !llvm.ptr -> f32
  %v190 = vector.broadcast %v189 : f32 to vector<8xf32>
  %v191 = vector.fma %v182, %v190, %r29#2 : vector<8xf32>
  %v192 = vector.fma %v184, %v190, %r29#3 : vector<8xf32>
  %v193 = llvm.load %v177 {alignment = 1 : i64} : !llvm.ptr -> f32
  %v194 = vector.broadcast %v193 : f32 to vector<8xf32>
  %v195 = vector.fma %v182, %v194, %r29#4 : vector<8xf32>
  %v196 = vector.fma %v184, %v194, %r29#5 : vector<8xf32>
  %v197 = llvm.load %v178 {alignment = 1 : i64} : !llvm.ptr -> f32
  %v198 = vector.broadcast %v197 : f32 to vector<8xf32>
  %v199 = vector.fma %v182, %v198, %r29#6 : vector<8xf32>
  %v200 = vector.fma %v184, %v198, %r29#7 : vector<8xf32>
  %v201 = llvm.load %v179 {alignment = 1 : i64} : !llvm.ptr -> f32
  %v202 = vector.broadcast %v201 : f32 to vector<8xf32>
  %v203 = vector.fma %v182, %v202, %r29#8 : vector<8xf32>
  %v204 = vector.fma %v184, %v202, %r29#9 : vector<8xf32>
  %v205 = llvm.load %v180 {alignment = 1 : i64} : !llvm.ptr -> f32
  %v206 = vector.broadcast %v205 : f32 to vector<8xf32>
  %v207 = vector.fma %v182, %v206, %r29#10 : vector<8xf32>
  %v208 = vector.fma %v184, %v206, %r29#11 : vector<8xf32>
  llvm.store %v187, %out {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v209 = llvm.getelementptr %out[32] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v188, %v209 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v210 = llvm.getelementptr %out[128] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v191, %v210 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v211 = llvm.getelementptr %out[160] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v192, %v211 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v212 = llvm.getelementptr %out[256] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v195, %v212 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v213 = llvm.getelementptr %out[288] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v196, %v213 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v214 = llvm.getelementptr %out[384] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v199, %v214 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v215 = llvm.getelementptr %out[416] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v200, %v215 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v216 = llvm.getelementptr %out[512] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v203, %v216 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v217 = llvm.getelementptr %out[544] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v204, %v217 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v218 = llvm.getelementptr %out[640] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v207, %v218 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v219 = llvm.getelementptr %out[672] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %v208, %v219 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  return
}
func.func private @matmul_k37_n75_f32_f32_f32_gelu_bias_portable_store(%tile: !llvm.ptr, %y: !llvm.ptr, %residual: !llvm.ptr, %bias: !llvm.ptr, %row: i64, %count: i64, %unit: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 32 : i64
  %c1 = arith.constant 128 : i64
  %c2 = arith.constant 75 : i64
  %c3 = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7]> : vector<8xi32>
  %c4 = arith.constant 67 : i64
  %c5 = arith.constant 59 : i64
  %c6 = arith.constant 51 : i64
  %c7 = arith.constant 0 : i64
  %c8 = arith.constant 1 : i64
  %c9 = arith.constant 4 : i64
  %c10 = arith.constant dense<0.000000000e+00> : vector<8xf32>
  %c11 = arith.constant dense<5.000000000e-01> : vector<8xf32>
  %c12 = arith.constant dense<7.071067812e-01> : vector<8xf32>
  %c13 = arith.constant dense<2147483647> : vector<8xi32>
  %c14 = arith.constant dense<1.000000000e+00> : vector<8xf32>
  %c15 = arith.constant dense<3.275911000e-01> : vector<8xf32>
  %c16 = arith.constant dense<1.061405429e+00> : vector<8xf32>
  %c17 = arith.constant dense<-1.453152027e+00> : vector<8xf32>
  %c18 = arith.constant dense<1.421413741e+00> : vector<8xf32>
  %c19 = arith.constant dense<-2.844967360e-01> : vector<8xf32>
  %c20 = arith.constant dense<2.548295920e-01> : vector<8xf32>
  %c21 = arith.constant dense<8.800000000e+01> : vector<8xf32>
  %c22 = arith.constant dense<-8.700000000e+01> : vector<8xf32>
  %c23 = arith.constant dense<1.442695041e+00> : vector<8xf32>
  %c24 = arith.constant dense<1.258291200e+07> : vector<8xf32>
  %c25 = arith.constant dense<1262485504> : vector<8xi32>
  %c26 = arith.constant dense<-6.933593750e-01> : vector<8xf32>
  %c27 = arith.constant dense<2.121944401e-04> : vector<8xf32>
  %c28 = arith.constant dense<1.987569150e-04> : vector<8xf32>
  %c29 = arith.constant dense<1.398199951e-03> : vector<8xf32>
  %c30 = arith.constant dense<8.333451907e-03> : vector<8xf32>
  %c31 = arith.constant dense<4.166579589e-02> : vector<8xf32>
  %c32 = arith.constant dense<1.666666546e-01> : vector<8xf32>
  %c33 = arith.constant dense<23> : vector<8xi32>
  %c34 = arith.constant dense<-2147483648> : vector<8xi32>
  %c35 = arith.constant 320 : i64
  %v1 = arith.muli %unit, %c0 : i64
  %v2 = arith.subi %c2, %v1 : i64
  %v3 = arith.trunci %v2 : i64 to i32
  %v4 = vector.broadcast %v3 : i32 to vector<8xi32>
  %v5 = arith.cmpi slt, %c3, %v4 : vector<8xi32>
  %v6 = arith.subi %c4, %v1 : i64
  %v7 = arith.trunci %v6 : i64 to i32
  %v8 = vector.broadcast %v7 : i32 to vector<8xi32>
  %v9 = arith.cmpi slt, %c3, %v8 : vector<8xi32>
  %v10 = arith.subi %c5, %v1 : i64
  %v11 = arith.trunci %v10 : i64 to i32
  %v12 = vector.broadcast %v11 : i32 to vector<8xi32>
  %v13 = arith.cmpi slt, %c3, %v12 : vector<8xi32>
  %v14 = arith.subi %c6, %v1 : i64
  %v15 = arith.trunci %v14 : i64 to i32
  %v16 = vector.broadcast %v15 : i32 to vector<8xi32>
  %v17 = arith.cmpi slt, %c3, %v16 : vector<8xi32>
  scf.for %i18 = %c7 to %count step %c8 : i64 {
    %v20 = arith.muli %i18, %c1 : i64
    %v21 = llvm.getelementptr %tile[%v20] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v22 = arith.addi %row, %i18 : i64
    %v23 = llvm.load %v21 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v24 = arith.muli %v1, %c9 : i64
    %v25 = llvm.getelementptr %bias[%v24] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v26 = llvm.intr.masked.load %v25, %v5, %c10 {alignment = 1 : i32} : (!llvm.ptr, vector<8xi1>, vector<8xf32>) -> vector<8xf32>
    %v27 = arith.addf %v23, %v26 : vector<8xf32>
    %v28 = arith.mulf %v27, %c11 : vector<8xf32>
    %v29 = arith.mulf %v27, %c12 : vector<8xf32>
    %v30 = vector.bitcast %v29 : vector<8xf32> to vector<8xi32>
    %v31 = arith.andi %v30, %c13 : vector<8xi32>
    %v32 = vector.bitcast %v31 : vector<8xi32> to vector<8xf32>
    %v33 = vector.fma %v32, %c15, %c14 : vector<8xf32>
    %v34 = arith.divf %c14, %v33 : vector<8xf32>
    %v35 = vector.fma %c16, %v34, %c17 : vector<8xf32>
    %v36 = vector.fma %v35, %v34, %c18 : vector<8xf32>
    %v37 = vector.fma %v36, %v34, %c19 : vector<8xf32>
    %v38 = vector.fma %v37, %v34, %c20 : vector<8xf32>
    %v39 = arith.mulf %v38, %v34 : vector<8xf32>
    %v40 = arith.mulf %v32, %v32 : vector<8xf32>
    %v41 = arith.negf %v40 : vector<8xf32>
    %v42 = arith.minnumf %v41, %c21 : vector<8xf32>
    %v43 = arith.maxnumf %v42, %c22 : vector<8xf32>
    %v44 = arith.mulf %v43, %c23 : vector<8xf32>
    %v45 = arith.addf %v44, %c24 : vector<8xf32>
    %v46 = vector.bitcast %v45 : vector<8xf32> to vector<8xi32>
    %v47 = arith.subi %v46, %c25 : vector<8xi32>
    %v48 = arith.subf %v45, %c24 : vector<8xf32>
    %v49 = vector.fma %v48, %c26, %v43 : vector<8xf32>
    %v50 = vector.fma %v48, %c27, %v49 : vector<8xf32>
    %v51 = arith.mulf %v50, %v50 : vector<8xf32>
    %v52 = vector.fma %c28, %v50, %c29 : vector<8xf32>
    %v53 = vector.fma %v52, %v50, %c30 : vector<8xf32>
    %v54 = vector.fma %v53, %v50, %c31 : vector<8xf32>
    %v55 = vector.fma %v54, %v50, %c32 : vector<8xf32>
    %v56 = vector.fma %v55, %v50, %c11 : vector<8xf32>
    %v57 = vector.fma %v56, %v51, %v50 : vector<8xf32>
    %v58 = arith.addf %v57, %c14 : vector<8xf32>
    %v59 = arith.shli %v47, %c33 : vector<8xi32>
    %v60 = vector.bitcast %v58 : vector<8xf32> to vector<8xi32>
    %v61 = arith.addi %v60, %v59 : vector<8xi32>
    %v62 = vector.bitcast %v61 : vector<8xi32> to vector<8xf32>
    %v63 = arith.mulf %v39, %v62 : vector<8xf32>
    %v64 = arith.subf %c14, %v63 : vector<8xf32>
    %v65 = vector.bitcast %v29 : vector<8xf32> to vector<8xi32>
    %v66 = arith.andi %v65, %c34 : vector<8xi32>
    %v67 = vector.bitcast %v64 : vector<8xf32> to vector<8xi32>
    %v68 = arith.ori %v67, %v66 : vector<8xi32>
    %v69 = vector.bitcast %v68 : vector<8xi32> to vector<8xf32>
    %v70 = vector.fma %v28, %v69, %v28 : vector<8xf32>
    %v71 = llvm.getelementptr %v21[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v72 = llvm.load %v71 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v73 = arith.muli %v1, %c9 : i64
    %v74 = llvm.getelementptr %bias[%v73] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v75 = llvm.getelementptr %v74[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v76 = llvm.intr.masked.load %v75, %v9, %c10 {alignment = 1 : i32} : (!llvm.ptr, vector<8xi1>, vector<8xf32>) -> vector<8xf32>
    %v77 = arith.addf %v72, %v76 : vector<8xf32>
    %v78 = arith.mulf %v77, %c11 : vector<8xf32>
    %v79 = arith.mulf %v77, %c12 : vector<8xf32>
    %v80 = vector.bitcast %v79 : vector<8xf32> to vector<8xi32>
    %v81 = arith.andi %v80, %c13 : vector<8xi32>
    %v82 = vector.bitcast %v81 : vector<8xi32> to vector<8xf32>
    %v83 = vector.fma %v82, %c15, %c14 : vector<8xf32>
    %v84 = arith.divf %c14, %v83 : vector<8xf32>
    %v85 = vector.fma %c16, %v84, %c17 : vector<8xf32>
    %v86 = vector.fma %v85, %v84, %c18 : vector<8xf32>
    %v87 = vector.fma %v86, %v84, %c19 : vector<8xf32>
    %v88 = vector.fma %v87, %v84, %c20 : vector<8xf32>
    %v89 = arith.mulf %v88, %v84 : vector<8xf32>
    %v90 = arith.mulf %v82, %v82 : vector<8xf32>
    %v91 = arith.negf %v90 : vector<8xf32>
    %v92 = arith.minnumf %v91, %c21 : vector<8xf32>
    %v93 = arith.maxnumf %v92, %c22 : vector<8xf32>
    %v94 = arith.mulf %v93, %c23 : vector<8xf32>
    %v95 = arith.addf %v94, %c24 : vector<8xf32>
    %v96 = vector.bitcast %v95 : vector<8xf32> to vector<8xi32>
    %v97 = arith.subi %v96, %c25 : vector<8xi32>
    %v98 = arith.subf %v95, %c24 : vector<8xf32>
    %v99 = vector.fma %v98, %c26, %v93 : vector<8xf32>
    %v100 = vector.fma %v98, %c27, %v99 : vector<8xf32>
    %v101 = arith.mulf %v100, %v100 : vector<8xf32>
    %v102 = vector.fma %c28, %v100, %c29 : vector<8xf32>
    %v103 = vector.fma %v102, %v100, %c30 : vector<8xf32>
    %v104 = vector.fma %v103, %v100, %c31 : vector<8xf32>
    %v105 = vector.fma %v104, %v100, %c32 : vector<8xf32>
    %v106 = vector.fma %v105, %v100, %c11 : vector<8xf32>
    %v107 = vector.fma %v106, %v101, %v100 : vector<8xf32>
    %v108 = arith.addf %v107, %c14 : vector<8xf32>
    %v109 = arith.shli %v97, %c33 : vector<8xi32>
    %v110 = vector.bitcast %v108 : vector<8xf32> to vector<8xi32>
    %v111 = arith.addi %v110, %v109 : vector<8xi32>
    %v112 = vector.bitcast %v111 : vector<8xi32> to vector<8xf32>
    %v113 = arith.mulf %v89, %v112 : vector<8xf32>
    %v114 = arith.subf %c14, %v113 : vector<8xf32>
    %v115 = vector.bitcast %v79 : vector<8xf32> to vector<8xi32>
    %v116 = arith.andi %v115, %c34 : vector<8xi32>
    %v117 = vector.bitcast %v114 : vector<8xf32> to vector<8xi32>
    %v118 = arith.ori %v117, %v116 : vector<8xi32>
    %v119 = vector.bitcast %v118 : vector<8xi32> to vector<8xf32>
    %v120 = vector.fma %v78, %v119, %v78 : vector<8xf32>
    %v121 = llvm.getelementptr %v21[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v122 = llvm.load %v121 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v123 = arith.muli %v1, %c9 : i64
    %v124 = llvm.getelementptr %bias[%v123] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v125 = llvm.getelementptr %v124[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v126 = llvm.intr.masked.load %v125, %v13, %c10 {alignment = 1 : i32} : (!llvm.ptr, vector<8xi1>, vector<8xf32>) -> vector<8xf32>
    %v127 = arith.addf %v122, %v126 : vector<8xf32>
    %v128 = arith.mulf %v127, %c11 : vector<8xf32>
    %v129 = arith.mulf %v127, %c12 : vector<8xf32>
    %v130 = vector.bitcast %v129 : vector<8xf32> to vector<8xi32>
    %v131 = arith.andi %v130, %c13 : vector<8xi32>
    %v132 = vector.bitcast %v131 : vector<8xi32> to vector<8xf32>
    %v133 = vector.fma %v132, %c15, %c14 : vector<8xf32>
    %v134 = arith.divf %c14, %v133 : vector<8xf32>
    %v135 = vector.fma %c16, %v134, %c17 : vector<8xf32>
    %v136 = vector.fma %v135, %v134, %c18 : vector<8xf32>
    %v137 = vector.fma %v136, %v134, %c19 : vector<8xf32>
    %v138 = vector.fma %v137, %v134, %c20 : vector<8xf32>
    %v139 = arith.mulf %v138, %v134 : vector<8xf32>
    %v140 = arith.mulf %v132, %v132 : vector<8xf32>
    %v141 = arith.negf %v140 : vector<8xf32>
    %v142 = arith.minnumf %v141, %c21 : vector<8xf32>
    %v143 = arith.maxnumf %v142, %c22 : vector<8xf32>
    %v144 = arith.mulf %v143, %c23 : vector<8xf32>
    %v145 = arith.addf %v144, %c24 : vector<8xf32>
    %v146 = vector.bitcast %v145 : vector<8xf32> to vector<8xi32>
    %v147 = arith.subi %v146, %c25 : vector<8xi32>
    %v148 = arith.subf %v145, %c24 : vector<8xf32>
    %v149 = vector.fma %v148, %c26, %v143 : vector<8xf32>
    %v150 = vector.fma %v148, %c27, %v149 : vector<8xf32>
    %v151 = arith.mulf %v150, %v150 : vector<8xf32>
    %v152 = vector.fma %c28, %v150, %c29 : vector<8xf32>
    %v153 = vector.fma %v152, %v150, %c30 : vector<8xf32>
    %v154 = vector.fma %v153, %v150, %c31 : vector<8xf32>
    %v155 = vector.fma %v154, %v150, %c32 : vector<8xf32>
    %v156 = vector.fma %v155, %v150, %c11 : vector<8xf32>
    %v157 = vector.fma %v156, %v151, %v150 : vector<8xf32>
    %v158 = arith.addf %v157, %c14 : vector<8xf32>
    %v159 = arith.shli %v147, %c33 : vector<8xi32>
    %v160 = vector.bitcast %v158 : vector<8xf32> to vector<8xi32>
    %v161 = arith.addi %v160, %v159 : vector<8xi32>
    %v162 = vector.bitcast %v161 : vector<8xi32> to vector<8xf32>
    %v163 = arith.mulf %v139, %v162 : vector<8xf32>
    %v164 = arith.subf %c14, %v163 : vector<8xf32>
    %v165 = vector.bitcast %v129 : vector<8xf32> to vector<8xi32>
    %v166 = arith.andi %v165, %c34 : vector<8xi32>
    %v167 = vector.bitcast %v164 : vector<8xf32> to vector<8xi32>
    %v168 = arith.ori %v167, %v166 : vector<8xi32>
    %v169 = vector.bitcast %v168 : vector<8xi32> to vector<8xf32>
    %v170 = vector.fma %v128, %v169, %v128 : vector<8xf32>
    %v171 = llvm.getelementptr %v21[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v172 = llvm.load %v171 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v173 = arith.muli %v1, %c9 : i64
    %v174 = llvm.getelementptr %bias[%v173] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v175 = llvm.getelementptr %v174[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v176 = llvm.intr.masked.load %v175, %v17, %c10 {alignment = 1 : i32} : (!llvm.ptr, vector<8xi1>, vector<8xf32>) -> vector<8xf32>
    %v177 = arith.addf %v172, %v176 : vector<8xf32>
    %v178 = arith.mulf %v177, %c11 : vector<8xf32>
    %v179 = arith.mulf %v177, %c12 : vector<8xf32>
    %v180 = vector.bitcast %v179 : vector<8xf32> to vector<8xi32>
    %v181 = arith.andi %v180, %c13 : vector<8xi32>
    %v182 = vector.bitcast %v181 : vector<8xi32> to vector<8xf32>
    %v183 = vector.fma %v182, %c15, %c14 : vector<8xf32>
    %v184 = arith.divf %c14, %v183 : vector<8xf32>
    %v185 = vector.fma %c16, %v184, %c17 : vector<8xf32>
    %v186 = vector.fma %v185, %v184, %c18 : vector<8xf32>
    %v187 = vector.fma %v186, %v184, %c19 : vector<8xf32>
    %v188 = vector.fma %v187, %v184, %c20 : vector<8xf32>
    %v189 = arith.mulf %v188, %v184 : vector<8xf32>
    %v190 = arith.mulf %v182, %v182 : vector<8xf32>
    %v191 = arith.negf %v190 : vector<8xf32>
    %v192 = arith.minnumf %v191, %c21 : vector<8xf32>
    %v193 = arith.maxnumf %v192, %c22 : vector<8xf32>
    %v194 = arith.mulf %v193, %c23 : vector<8xf32>
    %v195 = arith.addf %v194, %c24 : vector<8xf32>
    %v196 = vector.bitcast %v195 : vector<8xf32> to vector<8xi32>
    %v197 = arith.subi %v196, %c25 : vector<8xi32>
    %v198 = arith.subf %v195, %c24 : vector<8xf32>
    %v199 = vector.fma %v198, %c26, %v193 : vector<8xf32>
    %v200 = vector.fma %v198, %c27, %v199 : vector<8xf32>
    %v201 = arith.mulf %v200, %v200 : vector<8xf32>
    %v202 = vector.fma %c28, %v200, %c29 : vector<8xf32>
    %v203 = vector.fma %v202, %v200, %c30 : vector<8xf32>
    %v204 = vector.fma %v203, %v200, %c31 : vector<8xf32>
    %v205 = vector.fma %v204, %v200, %c32 : vector<8xf32>
    %v206 = vector.fma %v205, %v200, %c11 : vector<8xf32>
    %v207 = vector.fma %v206, %v201, %v200 : vector<8xf32>
    %v208 = arith.addf %v207, %c14 : vector<8xf32>
    %v209 = arith.shli %v197, %c33 : vector<8xi32>
    %v210 = vector.bitcast %v208 : vector<8xf32> to vector<8xi32>
    %v211 = arith.addi %v210, %v209 : vector<8xi32>
    %v212 = vector.bitcast %v211 : vector<8xi32> to vector<8xf32>
    %v213 = arith.mulf %v189, %v212 : vector<8xf32>
    %v214 = arith.subf %c14, %v213 : vector<8xf32>
    %v215 = vector.bitcast %v179 : vector<8xf32> to vector<8xi32>
    %v216 = arith.andi %v215, %c34 : vector<8xi32>
    %v217 = vector.bitcast %v214 : vector<8xf32> to vector<8xi32>
    %v218 = arith.ori %v217, %v216 : vector<8xi32>
    %v219 = vector.bitcast %v218 : vector<8xi32> to vector<8xf32>
    %v220 = vector.fma %v178, %v219, %v178 : vector<8xf32>
    %v221 = arith.muli %v22, %c35 : i64
    %v222 = llvm.getelementptr %y[%v221] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v223 = arith.muli %v1, %c9 : i64
    %v224 = llvm.getelementptr %v222[%v223] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    llvm.intr.masked.store %v70, %v224, %v5 {alignment = 1 : i32} : vector<8xf32>, vector<8xi1> into !llvm.ptr
    %v225 = llvm.getelementptr %v224[32] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.intr.masked.store %v120, %v225, %v9 {alignment = 1 : i32} : vector<8xf32>, vector<8xi1> into !llvm.ptr
    %v226 = llvm.getelementptr %v224[64] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.intr.masked.store %v170, %v226, %v13 {alignment = 1 : i32} : vector<8xf32>, vector<8xi1> into !llvm.ptr
    %v227 = llvm.getelementptr %v224[96] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.intr.masked.store %v220, %v227, %v17 {alignment = 1 : i32} : vector<8xf32>, vector<8xi1> into !llvm.ptr
  }
  return
}
func.func @matmul_k37_n75_f32_f32_f32_gelu_bias_portable(%x: !llvm.ptr, %y: !llvm.ptr, %residual: !llvm.ptr, %w: !llvm.ptr, %bias: !llvm.ptr, %rows: i64, %begin: i64, %end: i64) {
  %c0 = arith.constant 768 : i64
  %c1 = arith.constant 55 : i64
  %c2 = arith.constant 0 : i64
  %c3 = arith.constant 6 : i64
  %c4 = arith.constant 1 : i64
  %c5 = arith.constant 4736 : i64
  %c6 = arith.constant 192 : i64
  %c7 = arith.constant 2 : i64
  %c8 = arith.constant 2368 : i64
  %c9 = arith.constant 64 : i64
  %c10 = arith.constant 3 : i64
  %stack0 = llvm.alloca %c0 x i8 {alignment = 4096 : i64} : (i64) -> !llvm.ptr
  scf.for %i1 = %begin to %end step %c1 : i64 {
    %v3 = arith.addi %i1, %c1 : i64
    %v4 = arith.minsi %v3, %end : i64
    scf.for %i5 = %c2 to %rows step %c3 : i64 {
      %v7 = arith.subi %rows, %i5 : i64
      scf.for %i8 = %i1 to %v4 step %c4 : i64 {
        %v10 = arith.muli %i8, %c5 : i64
        %v11 = llvm.getelementptr %w[%v10] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v12 = arith.subi %rows, %i5 : i64
        %v13 = arith.subi %v12, %c4 : i64
        %v14 = arith.minsi %v12, %c3 : i64
        %v15 = arith.cmpi sgt, %v14, %c2 : i64
        %v16 = arith.cmpi sle, %v14, %c4 : i64
        %v17 = arith.andi %v15, %v16 : i1
        scf.if %v17 {
          %v18 = arith.muli %i5, %c6 : i64
          %v19 = llvm.getelementptr %x[%v18] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          scf.for %i20 = %c2 to %c7 step %c4 : i64 {
            %v22 = arith.muli %i20, %c8 : i64
            %v23 = llvm.getelementptr %v11[%v22] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            %v24 = arith.muli %i20, %c9 : i64
            %v25 = llvm.getelementptr %stack0[%v24] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            func.call @matmul_k37_n75_f32_f32_f32_gelu_bias_portable_tile1(%v19, %v13, %v23, %v25, %x) : (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
          }
          %v26 = llvm.getelementptr %v11[4736] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v26) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v27 = llvm.getelementptr %v11[4800] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v27) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v28 = llvm.getelementptr %v11[4864] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v28) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v29 = llvm.getelementptr %v11[4928] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v29) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v30 = llvm.getelementptr %v11[4992] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v30) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v31 = llvm.getelementptr %v11[5056] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v31) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v32 = llvm.getelementptr %v11[5120] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v32) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v33 = llvm.getelementptr %v11[5184] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v33) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v34 = llvm.getelementptr %v11[5248] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v34) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v35 = llvm.getelementptr %v11[5312] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v35) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v36 = llvm.getelementptr %v11[5376] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v36) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v37 = llvm.getelementptr %v11[5440] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v37) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v38 = llvm.getelementptr %v11[5504] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v38) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v39 = llvm.getelementptr %v11[5568] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v39) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v40 = llvm.getelementptr %v11[5632] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v40) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v41 = llvm.getelementptr %v11[5696] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v41) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v42 = llvm.getelementptr %v11[5760] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v42) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v43 = llvm.getelementptr %v11[5824] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v43) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v44 = llvm.getelementptr %v11[5888] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v44) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v45 = llvm.getelementptr %v11[5952] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v45) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v46 = llvm.getelementptr %v11[6016] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v46) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v47 = llvm.getelementptr %v11[6080] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v47) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v48 = llvm.getelementptr %v11[6144] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v48) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v49 = llvm.getelementptr %v11[6208] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v49) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v50 = llvm.getelementptr %v11[6272] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v50) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v51 = llvm.getelementptr %v11[6336] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v51) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v52 = llvm.getelementptr %v11[6400] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v52) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v53 = llvm.getelementptr %v11[6464] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v53) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v54 = llvm.getelementptr %v11[6528] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v54) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v55 = llvm.getelementptr %v11[6592] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v55) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v56 = llvm.getelementptr %v11[6656] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v56) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v57 = llvm.getelementptr %v11[6720] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v57) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          func.call @matmul_k37_n75_f32_f32_f32_gelu_bias_portable_store(%stack0, %y, %residual, %bias, %i5, %v14, %i8) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
        }
        %v58 = arith.cmpi sgt, %v14, %c4 : i64
        %v59 = arith.cmpi sle, %v14, %c10 : i64
        %v60 = arith.andi %v58, %v59 : i1
        scf.if %v60 {
          %v61 = arith.muli %i5, %c6 : i64
          %v62 = llvm.getelementptr %x[%v61] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          scf.for %i63 = %c2 to %c7 step %c4 : i64 {
            %v65 = arith.muli %i63, %c8 : i64
            %v66 = llvm.getelementptr %v11[%v65] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            %v67 = arith.muli %i63, %c9 : i64
            %v68 = llvm.getelementptr %stack0[%v67] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            func.call @matmul_k37_n75_f32_f32_f32_gelu_bias_portable_tile3(%v62, %v13, %v66, %v68, %x) : (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
          }
          func.call @matmul_k37_n75_f32_f32_f32_gelu_bias_portable_store(%stack0, %y, %residual, %bias, %i5, %v14, %i8) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
        }
        %v69 = arith.cmpi sgt, %v14, %c10 : i64
        %v70 = arith.cmpi sle, %v14, %c3 : i64
        %v71 = arith.andi %v69, %v70 : i1
        scf.if %v71 {
          %v72 = arith.muli %i5, %c6 : i64
          %v73 = llvm.getelementptr %x[%v72] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          scf.for %i74 = %c2 to %c7 step %c4 : i64 {
            %v76 = arith.muli %i74, %c8 : i64
            %v77 = llvm.getelementptr %v11[%v76] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            %v78 = arith.muli %i74, %c9 : i64
            %v79 = llvm.getelementptr %stack0[%v78] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            func.call @matmul_k37_n75_f32_f32_f32_gelu_bias_portable_tile6(%v73, %v13, %v77, %v79, %x) : (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
          }
          func.call @matmul_k37_n75_f32_f32_f32_gelu_bias_portable_store(%stack0, %y, %residual, %bias, %i5, %v14, %i8) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
        }
      }
    }
  }
  return
}
