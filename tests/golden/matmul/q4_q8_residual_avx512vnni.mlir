func.func private @matmul_k576_n576_q4_q8_f32_residual_avx512vnni_tile1(%x: !llvm.ptr, %last: i64, %w: !llvm.ptr, %out: !llvm.ptr, %centres: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant dense<0.000000000e+00> : vector<16xf32>
  %c1 = arith.constant 0 : i64
  %c2 = arith.constant 18 : i64
  %c3 = arith.constant 1 : i64
  %c4 = arith.constant 320 : i64
  %c5 = arith.constant 32 : i64
  %c6 = arith.constant 4 : i64
  %c7 = arith.constant dense<0> : vector<16xi32>
  %c8 = arith.constant dense<252645135> : vector<16xi32>
  %c9 = arith.constant dense<4> : vector<16xi32>
  %r3:1 = scf.for %i1 = %c1 to %c2 step %c3 iter_args(%a2 = %c0) -> (vector<16xf32>) : i64 {
    %v4 = arith.muli %i1, %c4 : i64
    %v5 = llvm.getelementptr %w[%v4] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v6 = arith.muli %i1, %c5 : i64
    %v7 = arith.muli %i1, %c6 : i64
    %v8 = llvm.getelementptr %x[%v6] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v9 = llvm.getelementptr %x[%v7] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v10 = llvm.getelementptr %v9[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v11 = llvm.load %v5 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v12 = arith.extf %v11 : vector<16xf16> to vector<16xf32>
    %v13 = llvm.getelementptr %v5[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v14 = llvm.load %v13 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v15 = arith.extf %v14 : vector<16xf16> to vector<16xf32>
    %v16 = llvm.getelementptr %v5[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v17 = llvm.load %v16 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v18 = arith.andi %v17, %c8 : vector<16xi32>
    %v19 = vector.bitcast %v18 : vector<16xi32> to vector<64xi8>
    %v20 = llvm.load %v8 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v21 = vector.broadcast %v20 : i32 to vector<16xi32>
    %v22 = vector.bitcast %v21 : vector<16xi32> to vector<64xi8>
    %v23 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c7, %v19, %v22) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v24 = llvm.getelementptr %v5[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v25 = llvm.load %v24 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v26 = arith.andi %v25, %c8 : vector<16xi32>
    %v27 = vector.bitcast %v26 : vector<16xi32> to vector<64xi8>
    %v28 = llvm.getelementptr %v8[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v29 = llvm.load %v28 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v30 = vector.broadcast %v29 : i32 to vector<16xi32>
    %v31 = vector.bitcast %v30 : vector<16xi32> to vector<64xi8>
    %v32 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v23, %v27, %v31) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v33 = llvm.getelementptr %v5[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v34 = llvm.load %v33 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v35 = arith.andi %v34, %c8 : vector<16xi32>
    %v36 = vector.bitcast %v35 : vector<16xi32> to vector<64xi8>
    %v37 = llvm.getelementptr %v8[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v38 = llvm.load %v37 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v39 = vector.broadcast %v38 : i32 to vector<16xi32>
    %v40 = vector.bitcast %v39 : vector<16xi32> to vector<64xi8>
    %v41 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v32, %v36, %v40) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v42 = llvm.getelementptr %v5[256] : (!llvm.ptr) -> !llvm.ptr, i8
    %v43 = llvm.load %v42 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v44 = arith.andi %v43, %c8 : vector<16xi32>
    %v45 = vector.bitcast %v44 : vector<16xi32> to vector<64xi8>
    %v46 = llvm.getelementptr %v8[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v47 = llvm.load %v46 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v48 = vector.broadcast %v47 : i32 to vector<16xi32>
    %v49 = vector.bitcast %v48 : vector<16xi32> to vector<64xi8>
    %v50 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v41, %v45, %v49) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v51 = llvm.getelementptr %v5[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v52 = llvm.load %v51 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v53 = arith.shrui %v52, %c9 : vector<16xi32>
    %v54 = arith.andi %v53, %c8 : vector<16xi32>
    %v55 = vector.bitcast %v54 : vector<16xi32> to vector<64xi8>
    %v56 = llvm.getelementptr %v8[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v57 = llvm.load %v56 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v58 = vector.broadcast %v57 : i32 to vector<16xi32>
    %v59 = vector.bitcast %v58 : vector<16xi32> to vector<64xi8>
    %v60 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v50, %v55, %v59) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v61 = llvm.getelementptr %v5[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v62 = llvm.load %v61 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v63 = arith.shrui %v62, %c9 : vector<16xi32>
    %v64 = arith.andi %v63, %c8 : vector<16xi32>
    %v65 = vector.bitcast %v64 : vector<16xi32> to vector<64xi8>
    %v66 = llvm.getelementptr %v8[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v67 = llvm.load %v66 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v68 = vector.broadcast %v67 : i32 to vector<16xi32>
    %v69 = vector.bitcast %v68 : vector<16xi32> to vector<64xi8>
    %v70 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v60, %v65, %v69) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v71 = llvm.getelementptr %v5[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v72 = llvm.load %v71 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v73 = arith.shrui %v72, %c9 : vector<16xi32>
    %v74 = arith.andi %v73, %c8 : vector<16xi32>
    %v75 = vector.bitcast %v74 : vector<16xi32> to vector<64xi8>
    %v76 = llvm.getelementptr %v8[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v77 = llvm.load %v76 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v78 = vector.broadcast %v77 : i32 to vector<16xi32>
    %v79 = vector.bitcast %v78 : vector<16xi32> to vector<64xi8>
    %v80 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v70, %v75, %v79) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v81 = llvm.getelementptr %v5[256] : (!llvm.ptr) -> !llvm.ptr, i8
    %v82 = llvm.load %v81 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v83 = arith.shrui %v82, %c9 : vector<16xi32>
    %v84 = arith.andi %v83, %c8 : vector<16xi32>
    %v85 = vector.bitcast %v84 : vector<16xi32> to vector<64xi8>
    %v86 = llvm.getelementptr %v8[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v87 = llvm.load %v86 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v88 = vector.broadcast %v87 : i32 to vector<16xi32>
    %v89 = vector.bitcast %v88 : vector<16xi32> to vector<64xi8>
    %v90 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v80, %v85, %v89) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v91 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v92 = vector.broadcast %v91 : f32 to vector<16xf32>
    %v93 = arith.mulf %v12, %v92 : vector<16xf32>
    %v94 = arith.sitofp %v90 : vector<16xi32> to vector<16xf32>
    %v95 = vector.fma %v94, %v93, %a2 : vector<16xf32>
    %v96 = llvm.getelementptr %v10[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v97 = llvm.load %v96 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v98 = vector.broadcast %v97 : f32 to vector<16xf32>
    %v99 = vector.fma %v15, %v98, %v95 : vector<16xf32>
    scf.yield %v99 : vector<16xf32>
  }
  llvm.store %r3#0, %out {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  return
}
func.func private @matmul_k576_n576_q4_q8_f32_residual_avx512vnni_tile2(%x: !llvm.ptr, %last: i64, %w: !llvm.ptr, %out: !llvm.ptr, %centres: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 1 : i64
  %c1 = arith.constant 768 : i64
  %c2 = arith.constant dense<0.000000000e+00> : vector<16xf32>
  %c3 = arith.constant 0 : i64
  %c4 = arith.constant 18 : i64
  %c5 = arith.constant 320 : i64
  %c6 = arith.constant 32 : i64
  %c7 = arith.constant 4 : i64
  %c8 = arith.constant dense<0> : vector<16xi32>
  %c9 = arith.constant dense<252645135> : vector<16xi32>
  %c10 = arith.constant dense<4> : vector<16xi32>
  %v1 = arith.minsi %c0, %last : i64
  %v2 = arith.muli %v1, %c1 : i64
  %v3 = llvm.getelementptr %x[%v2] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %r7:2 = scf.for %i4 = %c3 to %c4 step %c0 iter_args(%a5 = %c2, %a6 = %c2) -> (vector<16xf32>, vector<16xf32>) : i64 {
    %v8 = arith.muli %i4, %c5 : i64
    %v9 = llvm.getelementptr %w[%v8] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v10 = llvm.getelementptr %v9[6144] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v10) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v11 = llvm.getelementptr %v9[6208] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v11) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v12 = llvm.getelementptr %v9[6272] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v12) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v13 = llvm.getelementptr %v9[6336] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v13) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v14 = llvm.getelementptr %v9[6400] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v14) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v15 = arith.muli %i4, %c6 : i64
    %v16 = arith.muli %i4, %c7 : i64
    %v17 = llvm.getelementptr %x[%v15] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v18 = llvm.getelementptr %v3[%v15] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v19 = llvm.getelementptr %x[%v16] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v20 = llvm.getelementptr %v19[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v21 = llvm.getelementptr %v3[%v16] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v22 = llvm.getelementptr %v21[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v23 = llvm.load %v9 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v24 = arith.extf %v23 : vector<16xf16> to vector<16xf32>
    %v25 = llvm.getelementptr %v9[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v26 = llvm.load %v25 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v27 = arith.extf %v26 : vector<16xf16> to vector<16xf32>
    %v28 = llvm.getelementptr %v9[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v29 = llvm.load %v28 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v30 = arith.andi %v29, %c9 : vector<16xi32>
    %v31 = vector.bitcast %v30 : vector<16xi32> to vector<64xi8>
    %v32 = llvm.load %v17 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v33 = vector.broadcast %v32 : i32 to vector<16xi32>
    %v34 = vector.bitcast %v33 : vector<16xi32> to vector<64xi8>
    %v35 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c8, %v31, %v34) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v36 = llvm.load %v18 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v37 = vector.broadcast %v36 : i32 to vector<16xi32>
    %v38 = vector.bitcast %v37 : vector<16xi32> to vector<64xi8>
    %v39 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c8, %v31, %v38) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v40 = llvm.getelementptr %v9[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v41 = llvm.load %v40 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v42 = arith.andi %v41, %c9 : vector<16xi32>
    %v43 = vector.bitcast %v42 : vector<16xi32> to vector<64xi8>
    %v44 = llvm.getelementptr %v17[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v45 = llvm.load %v44 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v46 = vector.broadcast %v45 : i32 to vector<16xi32>
    %v47 = vector.bitcast %v46 : vector<16xi32> to vector<64xi8>
    %v48 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v35, %v43, %v47) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v49 = llvm.getelementptr %v18[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v50 = llvm.load %v49 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v51 = vector.broadcast %v50 : i32 to vector<16xi32>
    %v52 = vector.bitcast %v51 : vector<16xi32> to vector<64xi8>
    %v53 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v39, %v43, %v52) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v54 = llvm.getelementptr %v9[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v55 = llvm.load %v54 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v56 = arith.andi %v55, %c9 : vector<16xi32>
    %v57 = vector.bitcast %v56 : vector<16xi32> to vector<64xi8>
    %v58 = llvm.getelementptr %v17[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v59 = llvm.load %v58 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v60 = vector.broadcast %v59 : i32 to vector<16xi32>
    %v61 = vector.bitcast %v60 : vector<16xi32> to vector<64xi8>
    %v62 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v48, %v57, %v61) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v63 = llvm.getelementptr %v18[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v64 = llvm.load %v63 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v65 = vector.broadcast %v64 : i32 to vector<16xi32>
    %v66 = vector.bitcast %v65 : vector<16xi32> to vector<64xi8>
    %v67 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v53, %v57, %v66) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v68 = llvm.getelementptr %v9[256] : (!llvm.ptr) -> !llvm.ptr, i8
    %v69 = llvm.load %v68 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v70 = arith.andi %v69, %c9 : vector<16xi32>
    %v71 = vector.bitcast %v70 : vector<16xi32> to vector<64xi8>
    %v72 = llvm.getelementptr %v17[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v73 = llvm.load %v72 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v74 = vector.broadcast %v73 : i32 to vector<16xi32>
    %v75 = vector.bitcast %v74 : vector<16xi32> to vector<64xi8>
    %v76 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v62, %v71, %v75) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v77 = llvm.getelementptr %v18[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v78 = llvm.load %v77 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v79 = vector.broadcast %v78 : i32 to vector<16xi32>
    %v80 = vector.bitcast %v79 : vector<16xi32> to vector<64xi8>
    %v81 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v67, %v71, %v80) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v82 = llvm.getelementptr %v9[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v83 = llvm.load %v82 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v84 = arith.shrui %v83, %c10 : vector<16xi32>
    %v85 = arith.andi %v84, %c9 : vector<16xi32>
    %v86 = vector.bitcast %v85 : vector<16xi32> to vector<64xi8>
    %v87 = llvm.getelementptr %v17[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v88 = llvm.load %v87 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v89 = vector.broadcast %v88 : i32 to vector<16xi32>
    %v90 = vector.bitcast %v89 : vector<16xi32> to vector<64xi8>
    %v91 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v76, %v86, %v90) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v92 = llvm.getelementptr %v18[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v93 = llvm.load %v92 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v94 = vector.broadcast %v93 : i32 to vector<16xi32>
    %v95 = vector.bitcast %v94 : vector<16xi32> to vector<64xi8>
    %v96 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v81, %v86, %v95) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v97 = llvm.getelementptr %v9[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v98 = llvm.load %v97 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v99 = arith.shrui %v98, %c10 : vector<16xi32>
    %v100 = arith.andi %v99, %c9 : vector<16xi32>
    %v101 = vector.bitcast %v100 : vector<16xi32> to vector<64xi8>
    %v102 = llvm.getelementptr %v17[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v103 = llvm.load %v102 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v104 = vector.broadcast %v103 : i32 to vector<16xi32>
    %v105 = vector.bitcast %v104 : vector<16xi32> to vector<64xi8>
    %v106 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v91, %v101, %v105) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v107 = llvm.getelementptr %v18[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v108 = llvm.load %v107 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v109 = vector.broadcast %v108 : i32 to vector<16xi32>
    %v110 = vector.bitcast %v109 : vector<16xi32> to vector<64xi8>
    %v111 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v96, %v101, %v110) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v112 = llvm.getelementptr %v9[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v113 = llvm.load %v112 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v114 = arith.shrui %v113, %c10 : vector<16xi32>
    %v115 = arith.andi %v114, %c9 : vector<16xi32>
    %v116 = vector.bitcast %v115 : vector<16xi32> to vector<64xi8>
    %v117 = llvm.getelementptr %v17[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v118 = llvm.load %v117 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v119 = vector.broadcast %v118 : i32 to vector<16xi32>
    %v120 = vector.bitcast %v119 : vector<16xi32> to vector<64xi8>
    %v121 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v106, %v116, %v120) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v122 = llvm.getelementptr %v18[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v123 = llvm.load %v122 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v124 = vector.broadcast %v123 : i32 to vector<16xi32>
    %v125 = vector.bitcast %v124 : vector<16xi32> to vector<64xi8>
    %v126 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v111, %v116, %v125) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v127 = llvm.getelementptr %v9[256] : (!llvm.ptr) -> !llvm.ptr, i8
    %v128 = llvm.load %v127 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v129 = arith.shrui %v128, %c10 : vector<16xi32>
    %v130 = arith.andi %v129, %c9 : vector<16xi32>
    %v131 = vector.bitcast %v130 : vector<16xi32> to vector<64xi8>
    %v132 = llvm.getelementptr %v17[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v133 = llvm.load %v132 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v134 = vector.broadcast %v133 : i32 to vector<16xi32>
    %v135 = vector.bitcast %v134 : vector<16xi32> to vector<64xi8>
    %v136 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v121, %v131, %v135) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v137 = llvm.getelementptr %v18[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v138 = llvm.load %v137 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v139 = vector.broadcast %v138 : i32 to vector<16xi32>
    %v140 = vector.bitcast %v139 : vector<16xi32> to vector<64xi8>
    %v141 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v126, %v131, %v140) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v142 = llvm.load %v20 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v143 = vector.broadcast %v142 : f32 to vector<16xf32>
    %v144 = arith.mulf %v24, %v143 : vector<16xf32>
    %v145 = arith.sitofp %v136 : vector<16xi32> to vector<16xf32>
    %v146 = vector.fma %v145, %v144, %a5 : vector<16xf32>
    %v147 = llvm.load %v22 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v148 = vector.broadcast %v147 : f32 to vector<16xf32>
    %v149 = arith.mulf %v24, %v148 : vector<16xf32>
    %v150 = arith.sitofp %v141 : vector<16xi32> to vector<16xf32>
    %v151 = vector.fma %v150, %v149, %a6 : vector<16xf32>
    %v152 = llvm.getelementptr %v20[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v153 = llvm.load %v152 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v154 = vector.broadcast %v153 : f32 to vector<16xf32>
    %v155 = vector.fma %v27, %v154, %v146 : vector<16xf32>
    %v156 = llvm.getelementptr %v22[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v157 = llvm.load %v156 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v158 = vector.broadcast %v157 : f32 to vector<16xf32>
    %v159 = vector.fma %v27, %v158, %v151 : vector<16xf32>
    scf.yield %v155, %v159 : vector<16xf32>, vector<16xf32>
  }
  llvm.store %r7#0, %out {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v160 = llvm.getelementptr %out[128] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r7#1, %v160 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  return
}
func.func private @matmul_k576_n576_q4_q8_f32_residual_avx512vnni_tile4(%x: !llvm.ptr, %last: i64, %w: !llvm.ptr, %out: !llvm.ptr, %centres: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 1 : i64
  %c1 = arith.constant 768 : i64
  %c2 = arith.constant 2 : i64
  %c3 = arith.constant 3 : i64
  %c4 = arith.constant dense<0.000000000e+00> : vector<16xf32>
  %c5 = arith.constant 0 : i64
  %c6 = arith.constant 18 : i64
  %c7 = arith.constant 320 : i64
  %c8 = arith.constant 32 : i64
  %c9 = arith.constant 4 : i64
  %c10 = arith.constant dense<0> : vector<16xi32>
  %c11 = arith.constant dense<252645135> : vector<16xi32>
  %c12 = arith.constant dense<4> : vector<16xi32>
  %v1 = arith.minsi %c0, %last : i64
  %v2 = arith.muli %v1, %c1 : i64
  %v3 = llvm.getelementptr %x[%v2] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v4 = arith.minsi %c2, %last : i64
  %v5 = arith.muli %v4, %c1 : i64
  %v6 = llvm.getelementptr %x[%v5] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v7 = arith.minsi %c3, %last : i64
  %v8 = arith.muli %v7, %c1 : i64
  %v9 = llvm.getelementptr %x[%v8] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %r15:4 = scf.for %i10 = %c5 to %c6 step %c0 iter_args(%a11 = %c4, %a12 = %c4, %a13 = %c4, %a14 = %c4) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) : i64 {
    %v16 = arith.muli %i10, %c7 : i64
    %v17 = llvm.getelementptr %w[%v16] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v18 = llvm.getelementptr %v17[6144] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v18) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v19 = llvm.getelementptr %v17[6208] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v19) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v20 = llvm.getelementptr %v17[6272] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v20) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v21 = llvm.getelementptr %v17[6336] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v21) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v22 = llvm.getelementptr %v17[6400] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v22) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v23 = arith.muli %i10, %c8 : i64
    %v24 = arith.muli %i10, %c9 : i64
    %v25 = llvm.getelementptr %x[%v23] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v26 = llvm.getelementptr %v3[%v23] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v27 = llvm.getelementptr %v6[%v23] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v28 = llvm.getelementptr %v9[%v23] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v29 = llvm.getelementptr %x[%v24] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v30 = llvm.getelementptr %v29[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v31 = llvm.getelementptr %v3[%v24] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v32 = llvm.getelementptr %v31[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v33 = llvm.getelementptr %v6[%v24] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v34 = llvm.getelementptr %v33[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v35 = llvm.getelementptr %v9[%v24] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v36 = llvm.getelementptr %v35[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v37 = llvm.load %v17 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v38 = arith.extf %v37 : vector<16xf16> to vector<16xf32>
    %v39 = llvm.getelementptr %v17[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v40 = llvm.load %v39 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v41 = arith.extf %v40 : vector<16xf16> to vector<16xf32>
    %v42 = llvm.getelementptr %v17[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v43 = llvm.load %v42 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v44 = arith.andi %v43, %c11 : vector<16xi32>
    %v45 = vector.bitcast %v44 : vector<16xi32> to vector<64xi8>
    %v46 = llvm.load %v25 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v47 = vector.broadcast %v46 : i32 to vector<16xi32>
    %v48 = vector.bitcast %v47 : vector<16xi32> to vector<64xi8>
    %v49 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c10, %v45, %v48) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v50 = llvm.load %v26 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v51 = vector.broadcast %v50 : i32 to vector<16xi32>
    %v52 = vector.bitcast %v51 : vector<16xi32> to vector<64xi8>
    %v53 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c10, %v45, %v52) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v54 = llvm.load %v27 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v55 = vector.broadcast %v54 : i32 to vector<16xi32>
    %v56 = vector.bitcast %v55 : vector<16xi32> to vector<64xi8>
    %v57 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c10, %v45, %v56) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v58 = llvm.load %v28 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v59 = vector.broadcast %v58 : i32 to vector<16xi32>
    %v60 = vector.bitcast %v59 : vector<16xi32> to vector<64xi8>
    %v61 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c10, %v45, %v60) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v62 = llvm.getelementptr %v17[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v63 = llvm.load %v62 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v64 = arith.andi %v63, %c11 : vector<16xi32>
    %v65 = vector.bitcast %v64 : vector<16xi32> to vector<64xi8>
    %v66 = llvm.getelementptr %v25[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v67 = llvm.load %v66 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v68 = vector.broadcast %v67 : i32 to vector<16xi32>
    %v69 = vector.bitcast %v68 : vector<16xi32> to vector<64xi8>
    %v70 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v49, %v65, %v69) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v71 = llvm.getelementptr %v26[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v72 = llvm.load %v71 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v73 = vector.broadcast %v72 : i32 to vector<16xi32>
    %v74 = vector.bitcast %v73 : vector<16xi32> to vector<64xi8>
    %v75 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v53, %v65, %v74) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v76 = llvm.getelementptr %v27[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v77 = llvm.load %v76 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v78 = vector.broadcast %v77 : i32 to vector<16xi32>
    %v79 = vector.bitcast %v78 : vector<16xi32> to vector<64xi8>
    %v80 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v57, %v65, %v79) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v81 = llvm.getelementptr %v28[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v82 = llvm.load %v81 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v83 = vector.broadcast %v82 : i32 to vector<16xi32>
    %v84 = vector.bitcast %v83 : vector<16xi32> to vector<64xi8>
    %v85 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v61, %v65, %v84) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v86 = llvm.getelementptr %v17[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v87 = llvm.load %v86 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v88 = arith.andi %v87, %c11 : vector<16xi32>
    %v89 = vector.bitcast %v88 : vector<16xi32> to vector<64xi8>
    %v90 = llvm.getelementptr %v25[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v91 = llvm.load %v90 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v92 = vector.broadcast %v91 : i32 to vector<16xi32>
    %v93 = vector.bitcast %v92 : vector<16xi32> to vector<64xi8>
    %v94 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v70, %v89, %v93) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v95 = llvm.getelementptr %v26[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v96 = llvm.load %v95 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v97 = vector.broadcast %v96 : i32 to vector<16xi32>
    %v98 = vector.bitcast %v97 : vector<16xi32> to vector<64xi8>
    %v99 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v75, %v89, %v98) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v100 = llvm.getelementptr %v27[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v101 = llvm.load %v100 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v102 = vector.broadcast %v101 : i32 to vector<16xi32>
    %v103 = vector.bitcast %v102 : vector<16xi32> to vector<64xi8>
    %v104 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v80, %v89, %v103) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v105 = llvm.getelementptr %v28[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v106 = llvm.load %v105 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v107 = vector.broadcast %v106 : i32 to vector<16xi32>
    %v108 = vector.bitcast %v107 : vector<16xi32> to vector<64xi8>
    %v109 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v85, %v89, %v108) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v110 = llvm.getelementptr %v17[256] : (!llvm.ptr) -> !llvm.ptr, i8
    %v111 = llvm.load %v110 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v112 = arith.andi %v111, %c11 : vector<16xi32>
    %v113 = vector.bitcast %v112 : vector<16xi32> to vector<64xi8>
    %v114 = llvm.getelementptr %v25[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v115 = llvm.load %v114 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v116 = vector.broadcast %v115 : i32 to vector<16xi32>
    %v117 = vector.bitcast %v116 : vector<16xi32> to vector<64xi8>
    %v118 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v94, %v113, %v117) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v119 = llvm.getelementptr %v26[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v120 = llvm.load %v119 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v121 = vector.broadcast %v120 : i32 to vector<16xi32>
    %v122 = vector.bitcast %v121 : vector<16xi32> to vector<64xi8>
    %v123 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v99, %v113, %v122) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v124 = llvm.getelementptr %v27[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v125 = llvm.load %v124 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v126 = vector.broadcast %v125 : i32 to vector<16xi32>
    %v127 = vector.bitcast %v126 : vector<16xi32> to vector<64xi8>
    %v128 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v104, %v113, %v127) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v129 = llvm.getelementptr %v28[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v130 = llvm.load %v129 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v131 = vector.broadcast %v130 : i32 to vector<16xi32>
    %v132 = vector.bitcast %v131 : vector<16xi32> to vector<64xi8>
    %v133 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v109, %v113, %v132) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v134 = llvm.getelementptr %v17[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v135 = llvm.load %v134 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v136 = arith.shrui %v135, %c12 : vector<16xi32>
    %v137 = arith.andi %v136, %c11 : vector<16xi32>
    %v138 = vector.bitcast %v137 : vector<16xi32> to vector<64xi8>
    %v139 = llvm.getelementptr %v25[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v140 = llvm.load %v139 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v141 = vector.broadcast %v140 : i32 to vector<16xi32>
    %v142 = vector.bitcast %v141 : vector<16xi32> to vector<64xi8>
    %v143 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v118, %v138, %v142) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v144 = llvm.getelementptr %v26[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v145 = llvm.load %v144 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v146 = vector.broadcast %v145 : i32 to vector<16xi32>
    %v147 = vector.bitcast %v146 : vector<16xi32> to vector<64xi8>
    %v148 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v123, %v138, %v147) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v149 = llvm.getelementptr %v27[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v150 = llvm.load %v149 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v151 = vector.broadcast %v150 : i32 to vector<16xi32>
    %v152 = vector.bitcast %v151 : vector<16xi32> to vector<64xi8>
    %v153 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v128, %v138, %v152) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v154 = llvm.getelementptr %v28[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v155 = llvm.load %v154 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v156 = vector.broadcast %v155 : i32 to vector<16xi32>
    %v157 = vector.bitcast %v156 : vector<16xi32> to vector<64xi8>
    %v158 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v133, %v138, %v157) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v159 = llvm.getelementptr %v17[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v160 = llvm.load %v159 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v161 = arith.shrui %v160, %c12 : vector<16xi32>
    %v162 = arith.andi %v161, %c11 : vector<16xi32>
    %v163 = vector.bitcast %v162 : vector<16xi32> to vector<64xi8>
    %v164 = llvm.getelementptr %v25[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v165 = llvm.load %v164 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v166 = vector.broadcast %v165 : i32 to vector<16xi32>
    %v167 = vector.bitcast %v166 : vector<16xi32> to vector<64xi8>
    %v168 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v143, %v163, %v167) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v169 = llvm.getelementptr %v26[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v170 = llvm.load %v169 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v171 = vector.broadcast %v170 : i32 to vector<16xi32>
    %v172 = vector.bitcast %v171 : vector<16xi32> to vector<64xi8>
    %v173 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v148, %v163, %v172) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v174 = llvm.getelementptr %v27[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v175 = llvm.load %v174 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v176 = vector.broadcast %v175 : i32 to vector<16xi32>
    %v177 = vector.bitcast %v176 : vector<16xi32> to vector<64xi8>
    %v178 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v153, %v163, %v177) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v179 = llvm.getelementptr %v28[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v180 = llvm.load %v179 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v181 = vector.broadcast %v180 : i32 to vector<16xi32>
    %v182 = vector.bitcast %v181 : vector<16xi32> to vector<64xi8>
    %v183 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v158, %v163, %v182) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v184 = llvm.getelementptr %v17[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v185 = llvm.load %v184 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v186 = arith.shrui %v185, %c12 : vector<16xi32>
    %v187 = arith.andi %v186, %c11 : vector<16xi32>
    %v188 = vector.bitcast %v187 : vector<16xi32> to vector<64xi8>
    %v189 = llvm.getelementptr %v25[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v190 = llvm.load %v189 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v191 = vector.broadcast %v190 : i32 to vector<16xi32>
    %v192 = vector.bitcast %v191 : vector<16xi32> to vector<64xi8>
    %v193 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v168, %v188, %v192) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v194 = llvm.getelementptr %v26[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v195 = llvm.load %v194 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v196 = vector.broadcast %v195 : i32 to vector<16xi32>
    %v197 = vector.bitcast %v196 : vector<16xi32> to vector<64xi8>
    %v198 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v173, %v188, %v197) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v199 = llvm.getelementptr %v27[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v200 = llvm.load %v199 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v201 = vector.broadcast %v200 : i32 to vector<16xi32>
    %v202 = vector.bitcast %v201 : vector<16xi32> to vector<64xi8>
    %v203 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v178, %v188, %v202) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v204 = llvm.getelementptr %v28[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v205 = llvm.load %v204 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v206 = vector.broadcast %v205 : i32 to vector<16xi32>
    %v207 = vector.bitcast %v206 : vector<16xi32> to vector<64xi8>
    %v208 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v183, %v188, %v207) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v209 = llvm.getelementptr %v17[256] : (!llvm.ptr) -> !llvm.ptr, i8
    %v210 = llvm.load %v209 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v211 = arith.shrui %v210, %c12 : vector<16xi32>
    %v212 = arith.andi %v211, %c11 : vector<16xi32>
    %v213 = vector.bitcast %v212 : vector<16xi32> to vector<64xi8>
    %v214 = llvm.getelementptr %v25[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v215 = llvm.load %v214 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v216 = vector.broadcast %v215 : i32 to vector<16xi32>
    %v217 = vector.bitcast %v216 : vector<16xi32> to vector<64xi8>
    %v218 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v193, %v213, %v217) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v219 = llvm.getelementptr %v26[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v220 = llvm.load %v219 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v221 = vector.broadcast %v220 : i32 to vector<16xi32>
    %v222 = vector.bitcast %v221 : vector<16xi32> to vector<64xi8>
    %v223 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v198, %v213, %v222) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v224 = llvm.getelementptr %v27[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v225 = llvm.load %v224 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v226 = vector.broadcast %v225 : i32 to vector<16xi32>
    %v227 = vector.bitcast %v226 : vector<16xi32> to vector<64xi8>
    %v228 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v203, %v213, %v227) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v229 = llvm.getelementptr %v28[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v230 = llvm.load %v229 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v231 = vector.broadcast %v230 : i32 to vector<16xi32>
    %v232 = vector.bitcast %v231 : vector<16xi32> to vector<64xi8>
    %v233 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v208, %v213, %v232) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v234 = llvm.load %v30 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v235 = vector.broadcast %v234 : f32 to vector<16xf32>
    %v236 = arith.mulf %v38, %v235 : vector<16xf32>
    %v237 = arith.sitofp %v218 : vector<16xi32> to vector<16xf32>
    %v238 = vector.fma %v237, %v236, %a11 : vector<16xf32>
    %v239 = llvm.load %v32 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v240 = vector.broadcast %v239 : f32 to vector<16xf32>
    %v241 = arith.mulf %v38, %v240 : vector<16xf32>
    %v242 = arith.sitofp %v223 : vector<16xi32> to vector<16xf32>
    %v243 = vector.fma %v242, %v241, %a12 : vector<16xf32>
    %v244 = llvm.load %v34 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v245 = vector.broadcast %v244 : f32 to vector<16xf32>
    %v246 = arith.mulf %v38, %v245 : vector<16xf32>
    %v247 = arith.sitofp %v228 : vector<16xi32> to vector<16xf32>
    %v248 = vector.fma %v247, %v246, %a13 : vector<16xf32>
    %v249 = llvm.load %v36 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v250 = vector.broadcast %v249 : f32 to vector<16xf32>
    %v251 = arith.mulf %v38, %v250 : vector<16xf32>
    %v252 = arith.sitofp %v233 : vector<16xi32> to vector<16xf32>
    %v253 = vector.fma %v252, %v251, %a14 : vector<16xf32>
    %v254 = llvm.getelementptr %v30[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v255 = llvm.load %v254 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v256 = vector.broadcast %v255 : f32 to vector<16xf32>
    %v257 = vector.fma %v41, %v256, %v238 : vector<16xf32>
    %v258 = llvm.getelementptr %v32[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v259 = llvm.load %v258 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v260 = vector.broadcast %v259 : f32 to vector<16xf32>
    %v261 = vector.fma %v41, %v260, %v243 : vector<16xf32>
    %v262 = llvm.getelementptr %v34[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v263 = llvm.load %v262 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v264 = vector.broadcast %v263 : f32 to vector<16xf32>
    %v265 = vector.fma %v41, %v264, %v248 : vector<16xf32>
    %v266 = llvm.getelementptr %v36[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v267 = llvm.load %v266 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v268 = vector.broadcast %v267 : f32 to vector<16xf32>
    %v269 = vector.fma %v41, %v268, %v253 : vector<16xf32>
    scf.yield %v257, %v261, %v265, %v269 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  }
  llvm.store %r15#0, %out {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v270 = llvm.getelementptr %out[128] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r15#1, %v270 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v271 = llvm.getelementptr %out[256] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r15#2, %v271 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v272 = llvm.getelementptr %out[384] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r15#3, %v272 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  return
}
func.func private @matmul_k576_n576_q4_q8_f32_residual_avx512vnni_tile8(%x: !llvm.ptr, %last: i64, %w: !llvm.ptr, %out: !llvm.ptr, %centres: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 1 : i64
  %c1 = arith.constant 768 : i64
  %c2 = arith.constant 2 : i64
  %c3 = arith.constant 3 : i64
  %c4 = arith.constant 4 : i64
  %c5 = arith.constant 5 : i64
  %c6 = arith.constant 6 : i64
  %c7 = arith.constant 7 : i64
  %c8 = arith.constant dense<0.000000000e+00> : vector<16xf32>
  %c9 = arith.constant 0 : i64
  %c10 = arith.constant 18 : i64
  %c11 = arith.constant 320 : i64
  %c12 = arith.constant 32 : i64
  %c13 = arith.constant dense<0> : vector<16xi32>
  %c14 = arith.constant dense<252645135> : vector<16xi32>
  %c15 = arith.constant dense<4> : vector<16xi32>
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
  %v16 = arith.minsi %c6, %last : i64
  %v17 = arith.muli %v16, %c1 : i64
  %v18 = llvm.getelementptr %x[%v17] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v19 = arith.minsi %c7, %last : i64
  %v20 = arith.muli %v19, %c1 : i64
  %v21 = llvm.getelementptr %x[%v20] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %r31:8 = scf.for %i22 = %c9 to %c10 step %c0 iter_args(%a23 = %c8, %a24 = %c8, %a25 = %c8, %a26 = %c8, %a27 = %c8, %a28 = %c8, %a29 = %c8, %a30 = %c8) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) : i64 {
    %v32 = arith.muli %i22, %c11 : i64
    %v33 = llvm.getelementptr %w[%v32] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v34 = llvm.getelementptr %v33[6144] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v34) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v35 = llvm.getelementptr %v33[6208] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v35) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v36 = llvm.getelementptr %v33[6272] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v36) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v37 = llvm.getelementptr %v33[6336] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v37) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v38 = llvm.getelementptr %v33[6400] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v38) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v39 = arith.muli %i22, %c12 : i64
    %v40 = arith.muli %i22, %c4 : i64
    %v41 = llvm.getelementptr %x[%v39] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v42 = llvm.getelementptr %v3[%v39] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v43 = llvm.getelementptr %v6[%v39] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v44 = llvm.getelementptr %v9[%v39] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v45 = llvm.getelementptr %v12[%v39] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v46 = llvm.getelementptr %v15[%v39] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v47 = llvm.getelementptr %v18[%v39] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v48 = llvm.getelementptr %v21[%v39] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v49 = llvm.getelementptr %x[%v40] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v50 = llvm.getelementptr %v49[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v51 = llvm.getelementptr %v3[%v40] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v52 = llvm.getelementptr %v51[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v53 = llvm.getelementptr %v6[%v40] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v54 = llvm.getelementptr %v53[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v55 = llvm.getelementptr %v9[%v40] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v56 = llvm.getelementptr %v55[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v57 = llvm.getelementptr %v12[%v40] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v58 = llvm.getelementptr %v57[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v59 = llvm.getelementptr %v15[%v40] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v60 = llvm.getelementptr %v59[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v61 = llvm.getelementptr %v18[%v40] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v62 = llvm.getelementptr %v61[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v63 = llvm.getelementptr %v21[%v40] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v64 = llvm.getelementptr %v63[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v65 = llvm.load %v33 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v66 = arith.extf %v65 : vector<16xf16> to vector<16xf32>
    %v67 = llvm.getelementptr %v33[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v68 = llvm.load %v67 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v69 = arith.extf %v68 : vector<16xf16> to vector<16xf32>
    %v70 = llvm.getelementptr %v33[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v71 = llvm.load %v70 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v72 = arith.andi %v71, %c14 : vector<16xi32>
    %v73 = vector.bitcast %v72 : vector<16xi32> to vector<64xi8>
    %v74 = llvm.load %v41 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v75 = vector.broadcast %v74 : i32 to vector<16xi32>
    %v76 = vector.bitcast %v75 : vector<16xi32> to vector<64xi8>
    %v77 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c13, %v73, %v76) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v78 = llvm.load %v42 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v79 = vector.broadcast %v78 : i32 to vector<16xi32>
    %v80 = vector.bitcast %v79 : vector<16xi32> to vector<64xi8>
    %v81 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c13, %v73, %v80) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v82 = llvm.load %v43 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v83 = vector.broadcast %v82 : i32 to vector<16xi32>
    %v84 = vector.bitcast %v83 : vector<16xi32> to vector<64xi8>
    %v85 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c13, %v73, %v84) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v86 = llvm.load %v44 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v87 = vector.broadcast %v86 : i32 to vector<16xi32>
    %v88 = vector.bitcast %v87 : vector<16xi32> to vector<64xi8>
    %v89 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c13, %v73, %v88) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v90 = llvm.load %v45 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v91 = vector.broadcast %v90 : i32 to vector<16xi32>
    %v92 = vector.bitcast %v91 : vector<16xi32> to vector<64xi8>
    %v93 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c13, %v73, %v92) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v94 = llvm.load %v46 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v95 = vector.broadcast %v94 : i32 to vector<16xi32>
    %v96 = vector.bitcast %v95 : vector<16xi32> to vector<64xi8>
    %v97 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c13, %v73, %v96) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v98 = llvm.load %v47 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v99 = vector.broadcast %v98 : i32 to vector<16xi32>
    %v100 = vector.bitcast %v99 : vector<16xi32> to vector<64xi8>
    %v101 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c13, %v73, %v100) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v102 = llvm.load %v48 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v103 = vector.broadcast %v102 : i32 to vector<16xi32>
    %v104 = vector.bitcast %v103 : vector<16xi32> to vector<64xi8>
    %v105 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%c13, %v73, %v104) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v106 = llvm.getelementptr %v33[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v107 = llvm.load %v106 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v108 = arith.andi %v107, %c14 : vector<16xi32>
    %v109 = vector.bitcast %v108 : vector<16xi32> to vector<64xi8>
    %v110 = llvm.getelementptr %v41[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v111 = llvm.load %v110 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v112 = vector.broadcast %v111 : i32 to vector<16xi32>
    %v113 = vector.bitcast %v112 : vector<16xi32> to vector<64xi8>
    %v114 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v77, %v109, %v113) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v115 = llvm.getelementptr %v42[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v116 = llvm.load %v115 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v117 = vector.broadcast %v116 : i32 to vector<16xi32>
    %v118 = vector.bitcast %v117 : vector<16xi32> to vector<64xi8>
    %v119 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v81, %v109, %v118) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v120 = llvm.getelementptr %v43[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v121 = llvm.load %v120 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v122 = vector.broadcast %v121 : i32 to vector<16xi32>
    %v123 = vector.bitcast %v122 : vector<16xi32> to vector<64xi8>
    %v124 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v85, %v109, %v123) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v125 = llvm.getelementptr %v44[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v126 = llvm.load %v125 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v127 = vector.broadcast %v126 : i32 to vector<16xi32>
    %v128 = vector.bitcast %v127 : vector<16xi32> to vector<64xi8>
    %v129 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v89, %v109, %v128) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v130 = llvm.getelementptr %v45[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v131 = llvm.load %v130 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v132 = vector.broadcast %v131 : i32 to vector<16xi32>
    %v133 = vector.bitcast %v132 : vector<16xi32> to vector<64xi8>
    %v134 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v93, %v109, %v133) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v135 = llvm.getelementptr %v46[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v136 = llvm.load %v135 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v137 = vector.broadcast %v136 : i32 to vector<16xi32>
    %v138 = vector.bitcast %v137 : vector<16xi32> to vector<64xi8>
    %v139 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v97, %v109, %v138) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v140 = llvm.getelementptr %v47[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v141 = llvm.load %v140 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v142 = vector.broadcast %v141 : i32 to vector<16xi32>
    %v143 = vector.bitcast %v142 : vector<16xi32> to vector<64xi8>
    %v144 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v101, %v109, %v143) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v145 = llvm.getelementptr %v48[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v146 = llvm.load %v145 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v147 = vector.broadcast %v146 : i32 to vector<16xi32>
    %v148 = vector.bitcast %v147 : vector<16xi32> to vector<64xi8>
    %v149 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v105, %v109, %v148) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v150 = llvm.getelementptr %v33[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v151 = llvm.load %v150 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v152 = arith.andi %v151, %c14 : vector<16xi32>
    %v153 = vector.bitcast %v152 : vector<16xi32> to vector<64xi8>
    %v154 = llvm.getelementptr %v41[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v155 = llvm.load %v154 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v156 = vector.broadcast %v155 : i32 to vector<16xi32>
    %v157 = vector.bitcast %v156 : vector<16xi32> to vector<64xi8>
    %v158 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v114, %v153, %v157) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v159 = llvm.getelementptr %v42[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v160 = llvm.load %v159 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v161 = vector.broadcast %v160 : i32 to vector<16xi32>
    %v162 = vector.bitcast %v161 : vector<16xi32> to vector<64xi8>
    %v163 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v119, %v153, %v162) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v164 = llvm.getelementptr %v43[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v165 = llvm.load %v164 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v166 = vector.broadcast %v165 : i32 to vector<16xi32>
    %v167 = vector.bitcast %v166 : vector<16xi32> to vector<64xi8>
    %v168 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v124, %v153, %v167) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v169 = llvm.getelementptr %v44[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v170 = llvm.load %v169 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v171 = vector.broadcast %v170 : i32 to vector<16xi32>
    %v172 = vector.bitcast %v171 : vector<16xi32> to vector<64xi8>
    %v173 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v129, %v153, %v172) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v174 = llvm.getelementptr %v45[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v175 = llvm.load %v174 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v176 = vector.broadcast %v175 : i32 to vector<16xi32>
    %v177 = vector.bitcast %v176 : vector<16xi32> to vector<64xi8>
    %v178 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v134, %v153, %v177) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v179 = llvm.getelementptr %v46[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v180 = llvm.load %v179 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v181 = vector.broadcast %v180 : i32 to vector<16xi32>
    %v182 = vector.bitcast %v181 : vector<16xi32> to vector<64xi8>
    %v183 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v139, %v153, %v182) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v184 = llvm.getelementptr %v47[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v185 = llvm.load %v184 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v186 = vector.broadcast %v185 : i32 to vector<16xi32>
    %v187 = vector.bitcast %v186 : vector<16xi32> to vector<64xi8>
    %v188 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v144, %v153, %v187) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v189 = llvm.getelementptr %v48[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v190 = llvm.load %v189 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v191 = vector.broadcast %v190 : i32 to vector<16xi32>
    %v192 = vector.bitcast %v191 : vector<16xi32> to vector<64xi8>
    %v193 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v149, %v153, %v192) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v194 = llvm.getelementptr %v33[256] : (!llvm.ptr) -> !llvm.ptr, i8
    %v195 = llvm.load %v194 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v196 = arith.andi %v195, %c14 : vector<16xi32>
    %v197 = vector.bitcast %v196 : vector<16xi32> to vector<64xi8>
    %v198 = llvm.getelementptr %v41[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v199 = llvm.load %v198 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v200 = vector.broadcast %v199 : i32 to vector<16xi32>
    %v201 = vector.bitcast %v200 : vector<16xi32> to vector<64xi8>
    %v202 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v158, %v197, %v201) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v203 = llvm.getelementptr %v42[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v204 = llvm.load %v203 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v205 = vector.broadcast %v204 : i32 to vector<16xi32>
    %v206 = vector.bitcast %v205 : vector<16xi32> to vector<64xi8>
    %v207 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v163, %v197, %v206) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v208 = llvm.getelementptr %v43[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v209 = llvm.load %v208 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v210 = vector.broadcast %v209 : i32 to vector<16xi32>
    %v211 = vector.bitcast %v210 : vector<16xi32> to vector<64xi8>
    %v212 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v168, %v197, %v211) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v213 = llvm.getelementptr %v44[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v214 = llvm.load %v213 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v215 = vector.broadcast %v214 : i32 to vector<16xi32>
    %v216 = vector.bitcast %v215 : vector<16xi32> to vector<64xi8>
    %v217 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v173, %v197, %v216) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v218 = llvm.getelementptr %v45[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v219 = llvm.load %v218 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v220 = vector.broadcast %v219 : i32 to vector<16xi32>
    %v221 = vector.bitcast %v220 : vector<16xi32> to vector<64xi8>
    %v222 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v178, %v197, %v221) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v223 = llvm.getelementptr %v46[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v224 = llvm.load %v223 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v225 = vector.broadcast %v224 : i32 to vector<16xi32>
    %v226 = vector.bitcast %v225 : vector<16xi32> to vector<64xi8>
    %v227 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v183, %v197, %v226) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v228 = llvm.getelementptr %v47[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v229 = llvm.load %v228 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v230 = vector.broadcast %v229 : i32 to vector<16xi32>
    %v231 = vector.bitcast %v230 : vector<16xi32> to vector<64xi8>
    %v232 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v188, %v197, %v231) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v233 = llvm.getelementptr %v48[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v234 = llvm.load %v233 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v235 = vector.broadcast %v234 : i32 to vector<16xi32>
    %v236 = vector.bitcast %v235 : vector<16xi32> to vector<64xi8>
    %v237 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v193, %v197, %v236) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v238 = llvm.getelementptr %v33[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v239 = llvm.load %v238 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v240 = arith.shrui %v239, %c15 : vector<16xi32>
    %v241 = arith.andi %v240, %c14 : vector<16xi32>
    %v242 = vector.bitcast %v241 : vector<16xi32> to vector<64xi8>
    %v243 = llvm.getelementptr %v41[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v244 = llvm.load %v243 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v245 = vector.broadcast %v244 : i32 to vector<16xi32>
    %v246 = vector.bitcast %v245 : vector<16xi32> to vector<64xi8>
    %v247 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v202, %v242, %v246) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v248 = llvm.getelementptr %v42[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v249 = llvm.load %v248 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v250 = vector.broadcast %v249 : i32 to vector<16xi32>
    %v251 = vector.bitcast %v250 : vector<16xi32> to vector<64xi8>
    %v252 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v207, %v242, %v251) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v253 = llvm.getelementptr %v43[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v254 = llvm.load %v253 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v255 = vector.broadcast %v254 : i32 to vector<16xi32>
    %v256 = vector.bitcast %v255 : vector<16xi32> to vector<64xi8>
    %v257 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v212, %v242, %v256) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v258 = llvm.getelementptr %v44[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v259 = llvm.load %v258 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v260 = vector.broadcast %v259 : i32 to vector<16xi32>
    %v261 = vector.bitcast %v260 : vector<16xi32> to vector<64xi8>
    %v262 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v217, %v242, %v261) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v263 = llvm.getelementptr %v45[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v264 = llvm.load %v263 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v265 = vector.broadcast %v264 : i32 to vector<16xi32>
    %v266 = vector.bitcast %v265 : vector<16xi32> to vector<64xi8>
    %v267 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v222, %v242, %v266) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v268 = llvm.getelementptr %v46[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v269 = llvm.load %v268 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v270 = vector.broadcast %v269 : i32 to vector<16xi32>
    %v271 = vector.bitcast %v270 : vector<16xi32> to vector<64xi8>
    %v272 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v227, %v242, %v271) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v273 = llvm.getelementptr %v47[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v274 = llvm.load %v273 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v275 = vector.broadcast %v274 : i32 to vector<16xi32>
    %v276 = vector.bitcast %v275 : vector<16xi32> to vector<64xi8>
    %v277 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v232, %v242, %v276) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v278 = llvm.getelementptr %v48[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v279 = llvm.load %v278 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v280 = vector.broadcast %v279 : i32 to vector<16xi32>
    %v281 = vector.bitcast %v280 : vector<16xi32> to vector<64xi8>
    %v282 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v237, %v242, %v281) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v283 = llvm.getelementptr %v33[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v284 = llvm.load %v283 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v285 = arith.shrui %v284, %c15 : vector<16xi32>
    %v286 = arith.andi %v285, %c14 : vector<16xi32>
    %v287 = vector.bitcast %v286 : vector<16xi32> to vector<64xi8>
    %v288 = llvm.getelementptr %v41[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v289 = llvm.load %v288 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v290 = vector.broadcast %v289 : i32 to vector<16xi32>
    %v291 = vector.bitcast %v290 : vector<16xi32> to vector<64xi8>
    %v292 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v247, %v287, %v291) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v293 = llvm.getelementptr %v42[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v294 = llvm.load %v293 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v295 = vector.broadcast %v294 : i32 to vector<16xi32>
    %v296 = vector.bitcast %v295 : vector<16xi32> to vector<64xi8>
    %v297 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v252, %v287, %v296) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v298 = llvm.getelementptr %v43[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v299 = llvm.load %v298 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v300 = vector.broadcast %v299 : i32 to vector<16xi32>
    %v301 = vector.bitcast %v300 : vector<16xi32> to vector<64xi8>
    %v302 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v257, %v287, %v301) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v303 = llvm.getelementptr %v44[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v304 = llvm.load %v303 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v305 = vector.broadcast %v304 : i32 to vector<16xi32>
    %v306 = vector.bitcast %v305 : vector<16xi32> to vector<64xi8>
    %v307 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v262, %v287, %v306) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v308 = llvm.getelementptr %v45[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v309 = llvm.load %v308 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v310 = vector.broadcast %v309 : i32 to vector<16xi32>
    %v311 = vector.bitcast %v310 : vector<16xi32> to vector<64xi8>
    %v312 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v267, %v287, %v311) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v313 = llvm.getelementptr %v46[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v314 = llvm.load %v313 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v315 = vector.broadcast %v314 : i32 to vector<16xi32>
    %v316 = vector.bitcast %v315 : vector<16xi32> to vector<64xi8>
    %v317 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v272, %v287, %v316) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v318 = llvm.getelementptr %v47[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v319 = llvm.load %v318 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v320 = vector.broadcast %v319 : i32 to vector<16xi32>
    %v321 = vector.bitcast %v320 : vector<16xi32> to vector<64xi8>
    %v322 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v277, %v287, %v321) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v323 = llvm.getelementptr %v48[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v324 = llvm.load %v323 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v325 = vector.broadcast %v324 : i32 to vector<16xi32>
    %v326 = vector.bitcast %v325 : vector<16xi32> to vector<64xi8>
    %v327 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v282, %v287, %v326) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v328 = llvm.getelementptr %v33[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v329 = llvm.load %v328 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v330 = arith.shrui %v329, %c15 : vector<16xi32>
    %v331 = arith.andi %v330, %c14 : vector<16xi32>
    %v332 = vector.bitcast %v331 : vector<16xi32> to vector<64xi8>
    %v333 = llvm.getelementptr %v41[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v334 = llvm.load %v333 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v335 = vector.broadcast %v334 : i32 to vector<16xi32>
    %v336 = vector.bitcast %v335 : vector<16xi32> to vector<64xi8>
    %v337 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v292, %v332, %v336) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v338 = llvm.getelementptr %v42[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v339 = llvm.load %v338 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v340 = vector.broadcast %v339 : i32 to vector<16xi32>
    %v341 = vector.bitcast %v340 : vector<16xi32> to vector<64xi8>
    %v342 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v297, %v332, %v341) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v343 = llvm.getelementptr %v43[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v344 = llvm.load %v343 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v345 = vector.broadcast %v344 : i32 to vector<16xi32>
    %v346 = vector.bitcast %v345 : vector<16xi32> to vector<64xi8>
    %v347 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v302, %v332, %v346) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v348 = llvm.getelementptr %v44[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v349 = llvm.load %v348 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v350 = vector.broadcast %v349 : i32 to vector<16xi32>
    %v351 = vector.bitcast %v350 : vector<16xi32> to vector<64xi8>
    %v352 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v307, %v332, %v351) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v353 = llvm.getelementptr %v45[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v354 = llvm.load %v353 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v355 = vector.broadcast %v354 : i32 to vector<16xi32>
    %v356 = vector.bitcast %v355 : vector<16xi32> to vector<64xi8>
    %v357 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v312, %v332, %v356) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v358 = llvm.getelementptr %v46[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v359 = llvm.load %v358 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v360 = vector.broadcast %v359 : i32 to vector<16xi32>
    %v361 = vector.bitcast %v360 : vector<16xi32> to vector<64xi8>
    %v362 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v317, %v332, %v361) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v363 = llvm.getelementptr %v47[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v364 = llvm.load %v363 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v365 = vector.broadcast %v364 : i32 to vector<16xi32>
    %v366 = vector.bitcast %v365 : vector<16xi32> to vector<64xi8>
    %v367 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v322, %v332, %v366) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v368 = llvm.getelementptr %v48[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v369 = llvm.load %v368 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v370 = vector.broadcast %v369 : i32 to vector<16xi32>
    %v371 = vector.bitcast %v370 : vector<16xi32> to vector<64xi8>
    %v372 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v327, %v332, %v371) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v373 = llvm.getelementptr %v33[256] : (!llvm.ptr) -> !llvm.ptr, i8
    %v374 = llvm.load %v373 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v375 = arith.shrui %v374, %c15 : vector<16xi32>
    %v376 = arith.andi %v375, %c14 : vector<16xi32>
    %v377 = vector.bitcast %v376 : vector<16xi32> to vector<64xi8>
    %v378 = llvm.getelementptr %v41[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v379 = llvm.load %v378 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v380 = vector.broadcast %v379 : i32 to vector<16xi32>
    %v381 = vector.bitcast %v380 : vector<16xi32> to vector<64xi8>
    %v382 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v337, %v377, %v381) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v383 = llvm.getelementptr %v42[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v384 = llvm.load %v383 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v385 = vector.broadcast %v384 : i32 to vector<16xi32>
    %v386 = vector.bitcast %v385 : vector<16xi32> to vector<64xi8>
    %v387 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v342, %v377, %v386) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v388 = llvm.getelementptr %v43[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v389 = llvm.load %v388 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v390 = vector.broadcast %v389 : i32 to vector<16xi32>
    %v391 = vector.bitcast %v390 : vector<16xi32> to vector<64xi8>
    %v392 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v347, %v377, %v391) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v393 = llvm.getelementptr %v44[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v394 = llvm.load %v393 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v395 = vector.broadcast %v394 : i32 to vector<16xi32>
    %v396 = vector.bitcast %v395 : vector<16xi32> to vector<64xi8>
    %v397 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v352, %v377, %v396) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v398 = llvm.getelementptr %v45[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v399 = llvm.load %v398 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v400 = vector.broadcast %v399 : i32 to vector<16xi32>
    %v401 = vector.bitcast %v400 : vector<16xi32> to vector<64xi8>
    %v402 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v357, %v377, %v401) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v403 = llvm.getelementptr %v46[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v404 = llvm.load %v403 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v405 = vector.broadcast %v404 : i32 to vector<16xi32>
    %v406 = vector.bitcast %v405 : vector<16xi32> to vector<64xi8>
    %v407 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v362, %v377, %v406) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v408 = llvm.getelementptr %v47[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v409 = llvm.load %v408 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v410 = vector.broadcast %v409 : i32 to vector<16xi32>
    %v411 = vector.bitcast %v410 : vector<16xi32> to vector<64xi8>
    %v412 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v367, %v377, %v411) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v413 = llvm.getelementptr %v48[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v414 = llvm.load %v413 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v415 = vector.broadcast %v414 : i32 to vector<16xi32>
    %v416 = vector.bitcast %v415 : vector<16xi32> to vector<64xi8>
    %v417 = llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%v372, %v377, %v416) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
    %v418 = llvm.load %v50 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v419 = vector.broadcast %v418 : f32 to vector<16xf32>
    %v420 = arith.mulf %v66, %v419 : vector<16xf32>
    %v421 = arith.sitofp %v382 : vector<16xi32> to vector<16xf32>
    %v422 = vector.fma %v421, %v420, %a23 : vector<16xf32>
    %v423 = llvm.load %v52 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v424 = vector.broadcast %v423 : f32 to vector<16xf32>
    %v425 = arith.mulf %v66, %v424 : vector<16xf32>
    %v426 = arith.sitofp %v387 : vector<16xi32> to vector<16xf32>
    %v427 = vector.fma %v426, %v425, %a24 : vector<16xf32>
    %v428 = llvm.load %v54 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v429 = vector.broadcast %v428 : f32 to vector<16xf32>
    %v430 = arith.mulf %v66, %v429 : vector<16xf32>
    %v431 = arith.sitofp %v392 : vector<16xi32> to vector<16xf32>
    %v432 = vector.fma %v431, %v430, %a25 : vector<16xf32>
    %v433 = llvm.load %v56 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v434 = vector.broadcast %v433 : f32 to vector<16xf32>
    %v435 = arith.mulf %v66, %v434 : vector<16xf32>
    %v436 = arith.sitofp %v397 : vector<16xi32> to vector<16xf32>
    %v437 = vector.fma %v436, %v435, %a26 : vector<16xf32>
    %v438 = llvm.load %v58 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v439 = vector.broadcast %v438 : f32 to vector<16xf32>
    %v440 = arith.mulf %v66, %v439 : vector<16xf32>
    %v441 = arith.sitofp %v402 : vector<16xi32> to vector<16xf32>
    %v442 = vector.fma %v441, %v440, %a27 : vector<16xf32>
    %v443 = llvm.load %v60 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v444 = vector.broadcast %v443 : f32 to vector<16xf32>
    %v445 = arith.mulf %v66, %v444 : vector<16xf32>
    %v446 = arith.sitofp %v407 : vector<16xi32> to vector<16xf32>
    %v447 = vector.fma %v446, %v445, %a28 : vector<16xf32>
    %v448 = llvm.load %v62 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v449 = vector.broadcast %v448 : f32 to vector<16xf32>
    %v450 = arith.mulf %v66, %v449 : vector<16xf32>
    %v451 = arith.sitofp %v412 : vector<16xi32> to vector<16xf32>
    %v452 = vector.fma %v451, %v450, %a29 : vector<16xf32>
    %v453 = llvm.load %v64 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v454 = vector.broadcast %v453 : f32 to vector<16xf32>
    %v455 = arith.mulf %v66, %v454 : vector<16xf32>
    %v456 = arith.sitofp %v417 : vector<16xi32> to vector<16xf32>
    %v457 = vector.fma %v456, %v455, %a30 : vector<16xf32>
    %v458 = llvm.getelementptr %v50[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v459 = llvm.load %v458 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v460 = vector.broadcast %v459 : f32 to vector<16xf32>
    %v461 = vector.fma %v69, %v460, %v422 : vector<16xf32>
    %v462 = llvm.getelementptr %v52[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v463 = llvm.load %v462 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v464 = vector.broadcast %v463 : f32 to vector<16xf32>
    %v465 = vector.fma %v69, %v464, %v427 : vector<16xf32>
    %v466 = llvm.getelementptr %v54[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v467 = llvm.load %v466 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v468 = vector.broadcast %v467 : f32 to vector<16xf32>
    %v469 = vector.fma %v69, %v468, %v432 : vector<16xf32>
    %v470 = llvm.getelementptr %v56[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v471 = llvm.load %v470 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v472 = vector.broadcast %v471 : f32 to vector<16xf32>
    %v473 = vector.fma %v69, %v472, %v437 : vector<16xf32>
    %v474 = llvm.getelementptr %v58[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v475 = llvm.load %v474 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v476 = vector.broadcast %v475 : f32 to vector<16xf32>
    %v477 = vector.fma %v69, %v476, %v442 : vector<16xf32>
    %v478 = llvm.getelementptr %v60[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v479 = llvm.load %v478 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v480 = vector.broadcast %v479 : f32 to vector<16xf32>
    %v481 = vector.fma %v69, %v480, %v447 : vector<16xf32>
    %v482 = llvm.getelementptr %v62[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v483 = llvm.load %v482 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v484 = vector.broadcast %v483 : f32 to vector<16xf32>
    %v485 = vector.fma %v69, %v484, %v452 : vector<16xf32>
    %v486 = llvm.getelementptr %v64[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v487 = llvm.load %v486 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v488 = vector.broadcast %v487 : f32 to vector<16xf32>
    %v489 = vector.fma %v69, %v488, %v457 : vector<16xf32>
    scf.yield %v461, %v465, %v469, %v473, %v477, %v481, %v485, %v489 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  }
  llvm.store %r31#0, %out {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v490 = llvm.getelementptr %out[128] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r31#1, %v490 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v491 = llvm.getelementptr %out[256] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r31#2, %v491 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v492 = llvm.getelementptr %out[384] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r31#3, %v492 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v493 = llvm.getelementptr %out[512] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r31#4, %v493 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v494 = llvm.getelementptr %out[640] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r31#5, %v494 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v495 = llvm.getelementptr %out[768] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r31#6, %v495 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v496 = llvm.getelementptr %out[896] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r31#7, %v496 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  return
}
func.func private @matmul_k576_n576_q4_q8_f32_residual_avx512vnni_store(%tile: !llvm.ptr, %y: !llvm.ptr, %residual: !llvm.ptr, %bias: !llvm.ptr, %row: i64, %count: i64, %unit: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 32 : i64
  %c1 = arith.constant 128 : i64
  %c2 = arith.constant 0 : i64
  %c3 = arith.constant 1 : i64
  %c4 = arith.constant 2304 : i64
  %c5 = arith.constant 4 : i64
  %v1 = arith.muli %unit, %c0 : i64
  scf.for %i2 = %c2 to %count step %c3 : i64 {
    %v4 = arith.muli %i2, %c1 : i64
    %v5 = llvm.getelementptr %tile[%v4] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v6 = arith.addi %row, %i2 : i64
    %v7 = llvm.load %v5 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
    %v8 = arith.muli %v6, %c4 : i64
    %v9 = llvm.getelementptr %residual[%v8] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v10 = arith.muli %v1, %c5 : i64
    %v11 = llvm.getelementptr %v9[%v10] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v12 = llvm.load %v11 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
    %v13 = arith.addf %v7, %v12 : vector<16xf32>
    %v14 = llvm.getelementptr %v5[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v15 = llvm.load %v14 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
    %v16 = arith.muli %v6, %c4 : i64
    %v17 = llvm.getelementptr %residual[%v16] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v18 = arith.muli %v1, %c5 : i64
    %v19 = llvm.getelementptr %v17[%v18] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v20 = llvm.getelementptr %v19[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v21 = llvm.load %v20 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
    %v22 = arith.addf %v15, %v21 : vector<16xf32>
    %v23 = arith.muli %v6, %c4 : i64
    %v24 = llvm.getelementptr %y[%v23] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v25 = arith.muli %v1, %c5 : i64
    %v26 = llvm.getelementptr %v24[%v25] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    llvm.store %v13, %v26 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v27 = llvm.getelementptr %v26[64] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v22, %v27 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  }
  return
}
func.func @matmul_k576_n576_q4_q8_f32_residual_avx512vnni(%x: !llvm.ptr, %y: !llvm.ptr, %residual: !llvm.ptr, %w: !llvm.ptr, %bias: !llvm.ptr, %rows: i64, %begin: i64, %end: i64) {
  %c0 = arith.constant 1024 : i64
  %c1 = arith.constant 22 : i64
  %c2 = arith.constant 0 : i64
  %c3 = arith.constant 8 : i64
  %c4 = arith.constant 1 : i64
  %c5 = arith.constant 11520 : i64
  %c6 = arith.constant 768 : i64
  %c7 = arith.constant 2 : i64
  %c8 = arith.constant 5760 : i64
  %c9 = arith.constant 64 : i64
  %c10 = arith.constant 4 : i64
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
            func.call @matmul_k576_n576_q4_q8_f32_residual_avx512vnni_tile1(%v19, %v13, %v23, %v25, %x) : (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
          }
          %v26 = llvm.getelementptr %v11[11520] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v26) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v27 = llvm.getelementptr %v11[11584] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v27) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v28 = llvm.getelementptr %v11[11648] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v28) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v29 = llvm.getelementptr %v11[11712] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v29) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v30 = llvm.getelementptr %v11[11776] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v30) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v31 = llvm.getelementptr %v11[11840] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v31) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v32 = llvm.getelementptr %v11[11904] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v32) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v33 = llvm.getelementptr %v11[11968] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v33) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v34 = llvm.getelementptr %v11[12032] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v34) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v35 = llvm.getelementptr %v11[12096] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v35) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v36 = llvm.getelementptr %v11[12160] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v36) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v37 = llvm.getelementptr %v11[12224] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v37) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v38 = llvm.getelementptr %v11[12288] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v38) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v39 = llvm.getelementptr %v11[12352] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v39) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v40 = llvm.getelementptr %v11[12416] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v40) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v41 = llvm.getelementptr %v11[12480] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v41) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v42 = llvm.getelementptr %v11[12544] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v42) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v43 = llvm.getelementptr %v11[12608] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v43) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v44 = llvm.getelementptr %v11[12672] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v44) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v45 = llvm.getelementptr %v11[12736] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v45) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v46 = llvm.getelementptr %v11[12800] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v46) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v47 = llvm.getelementptr %v11[12864] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v47) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v48 = llvm.getelementptr %v11[12928] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v48) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v49 = llvm.getelementptr %v11[12992] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v49) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v50 = llvm.getelementptr %v11[13056] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v50) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v51 = llvm.getelementptr %v11[13120] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v51) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v52 = llvm.getelementptr %v11[13184] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v52) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v53 = llvm.getelementptr %v11[13248] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v53) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v54 = llvm.getelementptr %v11[13312] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v54) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v55 = llvm.getelementptr %v11[13376] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v55) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v56 = llvm.getelementptr %v11[13440] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v56) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v57 = llvm.getelementptr %v11[13504] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v57) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          func.call @matmul_k576_n576_q4_q8_f32_residual_avx512vnni_store(%stack0, %y, %residual, %bias, %i5, %v14, %i8) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
        }
        %v58 = arith.cmpi sgt, %v14, %c4 : i64
        %v59 = arith.cmpi sle, %v14, %c7 : i64
        %v60 = arith.andi %v58, %v59 : i1
        scf.if %v60 {
          %v61 = arith.muli %i5, %c6 : i64
          %v62 = llvm.getelementptr %x[%v61] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          scf.for %i63 = %c2 to %c7 step %c4 : i64 {
            %v65 = arith.muli %i63, %c8 : i64
            %v66 = llvm.getelementptr %v11[%v65] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            %v67 = arith.muli %i63, %c9 : i64
            %v68 = llvm.getelementptr %stack0[%v67] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            func.call @matmul_k576_n576_q4_q8_f32_residual_avx512vnni_tile2(%v62, %v13, %v66, %v68, %x) : (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
          }
          func.call @matmul_k576_n576_q4_q8_f32_residual_avx512vnni_store(%stack0, %y, %residual, %bias, %i5, %v14, %i8) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
        }
        %v69 = arith.cmpi sgt, %v14, %c7 : i64
        %v70 = arith.cmpi sle, %v14, %c10 : i64
        %v71 = arith.andi %v69, %v70 : i1
        scf.if %v71 {
          %v72 = arith.muli %i5, %c6 : i64
          %v73 = llvm.getelementptr %x[%v72] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          scf.for %i74 = %c2 to %c7 step %c4 : i64 {
            %v76 = arith.muli %i74, %c8 : i64
            %v77 = llvm.getelementptr %v11[%v76] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            %v78 = arith.muli %i74, %c9 : i64
            %v79 = llvm.getelementptr %stack0[%v78] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            func.call @matmul_k576_n576_q4_q8_f32_residual_avx512vnni_tile4(%v73, %v13, %v77, %v79, %x) : (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
          }
          func.call @matmul_k576_n576_q4_q8_f32_residual_avx512vnni_store(%stack0, %y, %residual, %bias, %i5, %v14, %i8) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
        }
        %v80 = arith.cmpi sgt, %v14, %c10 : i64
        %v81 = arith.cmpi sle, %v14, %c3 : i64
        %v82 = arith.andi %v80, %v81 : i1
        scf.if %v82 {
          %v83 = arith.muli %i5, %c6 : i64
          %v84 = llvm.getelementptr %x[%v83] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          scf.for %i85 = %c2 to %c7 step %c4 : i64 {
            %v87 = arith.muli %i85, %c8 : i64
            %v88 = llvm.getelementptr %v11[%v87] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            %v89 = arith.muli %i85, %c9 : i64
            %v90 = llvm.getelementptr %stack0[%v89] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            func.call @matmul_k576_n576_q4_q8_f32_residual_avx512vnni_tile8(%v84, %v13, %v88, %v90, %x) : (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
          }
          func.call @matmul_k576_n576_q4_q8_f32_residual_avx512vnni_store(%stack0, %y, %residual, %bias, %i5, %v14, %i8) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
        }
      }
    }
  }
  return
}
