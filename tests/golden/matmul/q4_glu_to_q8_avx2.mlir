func.func private @matmul_k576_n3072_q4_q8_q8_glu_silu_avx2_tile1(%x: !llvm.ptr, %last: i64, %w: !llvm.ptr, %out: !llvm.ptr, %centres: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline, llvm.target_features = #llvm.target_features<["-avx512f"]>} {
  %c0 = arith.constant dense<0.000000000e+00> : vector<8xf32>
  %c1 = arith.constant 0 : i64
  %c2 = arith.constant 18 : i64
  %c3 = arith.constant 1 : i64
  %c4 = arith.constant 320 : i64
  %c5 = arith.constant 32 : i64
  %c6 = arith.constant 4 : i64
  %c7 = arith.constant dense<252645135> : vector<8xi32>
  %c8 = arith.constant dense<4> : vector<8xi32>
  %c9 = arith.constant dense<1> : vector<16xi16>
  %r4:2 = scf.for %i1 = %c1 to %c2 step %c3 iter_args(%a2 = %c0, %a3 = %c0) -> (vector<8xf32>, vector<8xf32>) : i64 {
    %v5 = arith.muli %i1, %c4 : i64
    %v6 = llvm.getelementptr %w[%v5] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v7 = arith.muli %i1, %c4 : i64
    %v8 = llvm.getelementptr %w[%v7] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v9 = arith.muli %i1, %c5 : i64
    %v10 = arith.muli %i1, %c6 : i64
    %v11 = llvm.getelementptr %x[%v9] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v12 = llvm.getelementptr %x[%v10] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v13 = llvm.getelementptr %v12[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v14 = llvm.load %v8 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf16>
    %v15 = arith.extf %v14 : vector<8xf16> to vector<8xf32>
    %v16 = llvm.getelementptr %v8[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v17 = llvm.load %v16 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf16>
    %v18 = arith.extf %v17 : vector<8xf16> to vector<8xf32>
    %v19 = llvm.getelementptr %v8[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v20 = llvm.load %v19 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf16>
    %v21 = arith.extf %v20 : vector<8xf16> to vector<8xf32>
    %v22 = llvm.getelementptr %v8[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v23 = llvm.load %v22 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf16>
    %v24 = arith.extf %v23 : vector<8xf16> to vector<8xf32>
    %v25 = llvm.getelementptr %v8[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v26 = llvm.load %v25 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v27 = arith.andi %v26, %c7 : vector<8xi32>
    %v28 = vector.bitcast %v27 : vector<8xi32> to vector<32xi8>
    %v29 = llvm.load %v11 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v30 = vector.broadcast %v29 : i32 to vector<8xi32>
    %v31 = vector.bitcast %v30 : vector<8xi32> to vector<32xi8>
    %v32 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v28, %v31) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v33 = llvm.getelementptr %v8[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v34 = llvm.load %v33 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v35 = arith.andi %v34, %c7 : vector<8xi32>
    %v36 = vector.bitcast %v35 : vector<8xi32> to vector<32xi8>
    %v37 = llvm.load %v11 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v38 = vector.broadcast %v37 : i32 to vector<8xi32>
    %v39 = vector.bitcast %v38 : vector<8xi32> to vector<32xi8>
    %v40 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v36, %v39) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v41 = llvm.getelementptr %v8[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v42 = llvm.load %v41 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v43 = arith.andi %v42, %c7 : vector<8xi32>
    %v44 = vector.bitcast %v43 : vector<8xi32> to vector<32xi8>
    %v45 = llvm.getelementptr %v11[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v46 = llvm.load %v45 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v47 = vector.broadcast %v46 : i32 to vector<8xi32>
    %v48 = vector.bitcast %v47 : vector<8xi32> to vector<32xi8>
    %v49 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v44, %v48) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v50 = arith.addi %v32, %v49 : vector<16xi16>
    %v51 = llvm.getelementptr %v8[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v52 = llvm.load %v51 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v53 = arith.andi %v52, %c7 : vector<8xi32>
    %v54 = vector.bitcast %v53 : vector<8xi32> to vector<32xi8>
    %v55 = llvm.getelementptr %v11[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v56 = llvm.load %v55 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v57 = vector.broadcast %v56 : i32 to vector<8xi32>
    %v58 = vector.bitcast %v57 : vector<8xi32> to vector<32xi8>
    %v59 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v54, %v58) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v60 = arith.addi %v40, %v59 : vector<16xi16>
    %v61 = llvm.getelementptr %v8[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v62 = llvm.load %v61 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v63 = arith.andi %v62, %c7 : vector<8xi32>
    %v64 = vector.bitcast %v63 : vector<8xi32> to vector<32xi8>
    %v65 = llvm.getelementptr %v11[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v66 = llvm.load %v65 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v67 = vector.broadcast %v66 : i32 to vector<8xi32>
    %v68 = vector.bitcast %v67 : vector<8xi32> to vector<32xi8>
    %v69 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v64, %v68) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v70 = arith.addi %v50, %v69 : vector<16xi16>
    %v71 = llvm.getelementptr %v8[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v72 = llvm.load %v71 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v73 = arith.andi %v72, %c7 : vector<8xi32>
    %v74 = vector.bitcast %v73 : vector<8xi32> to vector<32xi8>
    %v75 = llvm.getelementptr %v11[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v76 = llvm.load %v75 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v77 = vector.broadcast %v76 : i32 to vector<8xi32>
    %v78 = vector.bitcast %v77 : vector<8xi32> to vector<32xi8>
    %v79 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v74, %v78) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v80 = arith.addi %v60, %v79 : vector<16xi16>
    %v81 = llvm.getelementptr %v8[256] : (!llvm.ptr) -> !llvm.ptr, i8
    %v82 = llvm.load %v81 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v83 = arith.andi %v82, %c7 : vector<8xi32>
    %v84 = vector.bitcast %v83 : vector<8xi32> to vector<32xi8>
    %v85 = llvm.getelementptr %v11[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v86 = llvm.load %v85 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v87 = vector.broadcast %v86 : i32 to vector<8xi32>
    %v88 = vector.bitcast %v87 : vector<8xi32> to vector<32xi8>
    %v89 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v84, %v88) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v90 = arith.addi %v70, %v89 : vector<16xi16>
    %v91 = llvm.getelementptr %v8[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v92 = llvm.load %v91 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v93 = arith.andi %v92, %c7 : vector<8xi32>
    %v94 = vector.bitcast %v93 : vector<8xi32> to vector<32xi8>
    %v95 = llvm.getelementptr %v11[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v96 = llvm.load %v95 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v97 = vector.broadcast %v96 : i32 to vector<8xi32>
    %v98 = vector.bitcast %v97 : vector<8xi32> to vector<32xi8>
    %v99 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v94, %v98) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v100 = arith.addi %v80, %v99 : vector<16xi16>
    %v101 = llvm.getelementptr %v8[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v102 = llvm.load %v101 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v103 = arith.shrui %v102, %c8 : vector<8xi32>
    %v104 = arith.andi %v103, %c7 : vector<8xi32>
    %v105 = vector.bitcast %v104 : vector<8xi32> to vector<32xi8>
    %v106 = llvm.getelementptr %v11[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v107 = llvm.load %v106 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v108 = vector.broadcast %v107 : i32 to vector<8xi32>
    %v109 = vector.bitcast %v108 : vector<8xi32> to vector<32xi8>
    %v110 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v105, %v109) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v111 = arith.addi %v90, %v110 : vector<16xi16>
    %v112 = llvm.getelementptr %v8[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v113 = llvm.load %v112 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v114 = arith.shrui %v113, %c8 : vector<8xi32>
    %v115 = arith.andi %v114, %c7 : vector<8xi32>
    %v116 = vector.bitcast %v115 : vector<8xi32> to vector<32xi8>
    %v117 = llvm.getelementptr %v11[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v118 = llvm.load %v117 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v119 = vector.broadcast %v118 : i32 to vector<8xi32>
    %v120 = vector.bitcast %v119 : vector<8xi32> to vector<32xi8>
    %v121 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v116, %v120) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v122 = arith.addi %v100, %v121 : vector<16xi16>
    %v123 = llvm.getelementptr %v8[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v124 = llvm.load %v123 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v125 = arith.shrui %v124, %c8 : vector<8xi32>
    %v126 = arith.andi %v125, %c7 : vector<8xi32>
    %v127 = vector.bitcast %v126 : vector<8xi32> to vector<32xi8>
    %v128 = llvm.getelementptr %v11[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v129 = llvm.load %v128 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v130 = vector.broadcast %v129 : i32 to vector<8xi32>
    %v131 = vector.bitcast %v130 : vector<8xi32> to vector<32xi8>
    %v132 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v127, %v131) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v133 = arith.addi %v111, %v132 : vector<16xi16>
    %v134 = llvm.getelementptr %v8[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v135 = llvm.load %v134 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v136 = arith.shrui %v135, %c8 : vector<8xi32>
    %v137 = arith.andi %v136, %c7 : vector<8xi32>
    %v138 = vector.bitcast %v137 : vector<8xi32> to vector<32xi8>
    %v139 = llvm.getelementptr %v11[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v140 = llvm.load %v139 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v141 = vector.broadcast %v140 : i32 to vector<8xi32>
    %v142 = vector.bitcast %v141 : vector<8xi32> to vector<32xi8>
    %v143 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v138, %v142) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v144 = arith.addi %v122, %v143 : vector<16xi16>
    %v145 = llvm.getelementptr %v8[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v146 = llvm.load %v145 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v147 = arith.shrui %v146, %c8 : vector<8xi32>
    %v148 = arith.andi %v147, %c7 : vector<8xi32>
    %v149 = vector.bitcast %v148 : vector<8xi32> to vector<32xi8>
    %v150 = llvm.getelementptr %v11[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v151 = llvm.load %v150 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v152 = vector.broadcast %v151 : i32 to vector<8xi32>
    %v153 = vector.bitcast %v152 : vector<8xi32> to vector<32xi8>
    %v154 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v149, %v153) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v155 = arith.addi %v133, %v154 : vector<16xi16>
    %v156 = llvm.getelementptr %v8[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v157 = llvm.load %v156 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v158 = arith.shrui %v157, %c8 : vector<8xi32>
    %v159 = arith.andi %v158, %c7 : vector<8xi32>
    %v160 = vector.bitcast %v159 : vector<8xi32> to vector<32xi8>
    %v161 = llvm.getelementptr %v11[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v162 = llvm.load %v161 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v163 = vector.broadcast %v162 : i32 to vector<8xi32>
    %v164 = vector.bitcast %v163 : vector<8xi32> to vector<32xi8>
    %v165 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v160, %v164) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v166 = arith.addi %v144, %v165 : vector<16xi16>
    %v167 = llvm.getelementptr %v8[256] : (!llvm.ptr) -> !llvm.ptr, i8
    %v168 = llvm.load %v167 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v169 = arith.shrui %v168, %c8 : vector<8xi32>
    %v170 = arith.andi %v169, %c7 : vector<8xi32>
    %v171 = vector.bitcast %v170 : vector<8xi32> to vector<32xi8>
    %v172 = llvm.getelementptr %v11[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v173 = llvm.load %v172 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v174 = vector.broadcast %v173 : i32 to vector<8xi32>
    %v175 = vector.bitcast %v174 : vector<8xi32> to vector<32xi8>
    %v176 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v171, %v175) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v177 = arith.addi %v155, %v176 : vector<16xi16>
    %v178 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%v177, %c9) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
    %v179 = llvm.getelementptr %v8[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v180 = llvm.load %v179 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v181 = arith.shrui %v180, %c8 : vector<8xi32>
    %v182 = arith.andi %v181, %c7 : vector<8xi32>
    %v183 = vector.bitcast %v182 : vector<8xi32> to vector<32xi8>
    %v184 = llvm.getelementptr %v11[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v185 = llvm.load %v184 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v186 = vector.broadcast %v185 : i32 to vector<8xi32>
    %v187 = vector.bitcast %v186 : vector<8xi32> to vector<32xi8>
    %v188 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v183, %v187) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v189 = arith.addi %v166, %v188 : vector<16xi16>
    %v190 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%v189, %c9) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
    %v191 = llvm.load %v13 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v192 = vector.broadcast %v191 : f32 to vector<8xf32>
    %v193 = arith.mulf %v15, %v192 : vector<8xf32>
    %v194 = arith.sitofp %v178 : vector<8xi32> to vector<8xf32>
    %v195 = vector.fma %v194, %v193, %a2 : vector<8xf32>
    %v196 = arith.mulf %v21, %v192 : vector<8xf32>
    %v197 = arith.sitofp %v190 : vector<8xi32> to vector<8xf32>
    %v198 = vector.fma %v197, %v196, %a3 : vector<8xf32>
    %v199 = llvm.getelementptr %v13[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v200 = llvm.load %v199 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v201 = vector.broadcast %v200 : f32 to vector<8xf32>
    %v202 = vector.fma %v18, %v201, %v195 : vector<8xf32>
    %v203 = vector.fma %v24, %v201, %v198 : vector<8xf32>
    scf.yield %v202, %v203 : vector<8xf32>, vector<8xf32>
  }
  llvm.store %r4#0, %out {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v204 = llvm.getelementptr %out[32] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r4#1, %v204 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  return
}
func.func private @matmul_k576_n3072_q4_q8_q8_glu_silu_avx2_tile4(%x: !llvm.ptr, %last: i64, %w: !llvm.ptr, %out: !llvm.ptr, %centres: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline, llvm.target_features = #llvm.target_features<["-avx512f"]>} {
  %c0 = arith.constant 1 : i64
  %c1 = arith.constant 768 : i64
  %c2 = arith.constant 2 : i64
  %c3 = arith.constant 3 : i64
  %c4 = arith.constant dense<0.000000000e+00> : vector<8xf32>
  %c5 = arith.constant 0 : i64
  %c6 = arith.constant 18 : i64
  %c7 = arith.constant 320 : i64
  %c8 = arith.constant 32 : i64
  %c9 = arith.constant 4 : i64
  %c10 = arith.constant dense<252645135> : vector<8xi32>
  %c11 = arith.constant dense<4> : vector<8xi32>
  %c12 = arith.constant dense<1> : vector<16xi16>
  %v1 = arith.minsi %c0, %last : i64
  %v2 = arith.muli %v1, %c1 : i64
  %v3 = llvm.getelementptr %x[%v2] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v4 = arith.minsi %c2, %last : i64
  %v5 = arith.muli %v4, %c1 : i64
  %v6 = llvm.getelementptr %x[%v5] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v7 = arith.minsi %c3, %last : i64
  %v8 = arith.muli %v7, %c1 : i64
  %v9 = llvm.getelementptr %x[%v8] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %r15:4 = scf.for %i10 = %c5 to %c6 step %c0 iter_args(%a11 = %c4, %a12 = %c4, %a13 = %c4, %a14 = %c4) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>) : i64 {
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
    %v37 = llvm.load %v17 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf16>
    %v38 = arith.extf %v37 : vector<8xf16> to vector<8xf32>
    %v39 = llvm.getelementptr %v17[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v40 = llvm.load %v39 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf16>
    %v41 = arith.extf %v40 : vector<8xf16> to vector<8xf32>
    %v42 = llvm.getelementptr %v17[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v43 = llvm.load %v42 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v44 = arith.andi %v43, %c10 : vector<8xi32>
    %v45 = vector.bitcast %v44 : vector<8xi32> to vector<32xi8>
    %v46 = llvm.load %v25 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v47 = vector.broadcast %v46 : i32 to vector<8xi32>
    %v48 = vector.bitcast %v47 : vector<8xi32> to vector<32xi8>
    %v49 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v45, %v48) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v50 = llvm.load %v26 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v51 = vector.broadcast %v50 : i32 to vector<8xi32>
    %v52 = vector.bitcast %v51 : vector<8xi32> to vector<32xi8>
    %v53 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v45, %v52) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v54 = llvm.load %v27 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v55 = vector.broadcast %v54 : i32 to vector<8xi32>
    %v56 = vector.bitcast %v55 : vector<8xi32> to vector<32xi8>
    %v57 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v45, %v56) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v58 = llvm.load %v28 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v59 = vector.broadcast %v58 : i32 to vector<8xi32>
    %v60 = vector.bitcast %v59 : vector<8xi32> to vector<32xi8>
    %v61 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v45, %v60) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v62 = llvm.getelementptr %v17[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v63 = llvm.load %v62 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v64 = arith.andi %v63, %c10 : vector<8xi32>
    %v65 = vector.bitcast %v64 : vector<8xi32> to vector<32xi8>
    %v66 = llvm.getelementptr %v25[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v67 = llvm.load %v66 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v68 = vector.broadcast %v67 : i32 to vector<8xi32>
    %v69 = vector.bitcast %v68 : vector<8xi32> to vector<32xi8>
    %v70 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v65, %v69) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v71 = arith.addi %v49, %v70 : vector<16xi16>
    %v72 = llvm.getelementptr %v26[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v73 = llvm.load %v72 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v74 = vector.broadcast %v73 : i32 to vector<8xi32>
    %v75 = vector.bitcast %v74 : vector<8xi32> to vector<32xi8>
    %v76 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v65, %v75) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v77 = arith.addi %v53, %v76 : vector<16xi16>
    %v78 = llvm.getelementptr %v27[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v79 = llvm.load %v78 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v80 = vector.broadcast %v79 : i32 to vector<8xi32>
    %v81 = vector.bitcast %v80 : vector<8xi32> to vector<32xi8>
    %v82 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v65, %v81) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v83 = arith.addi %v57, %v82 : vector<16xi16>
    %v84 = llvm.getelementptr %v28[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v85 = llvm.load %v84 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v86 = vector.broadcast %v85 : i32 to vector<8xi32>
    %v87 = vector.bitcast %v86 : vector<8xi32> to vector<32xi8>
    %v88 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v65, %v87) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v89 = arith.addi %v61, %v88 : vector<16xi16>
    %v90 = llvm.getelementptr %v17[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v91 = llvm.load %v90 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v92 = arith.andi %v91, %c10 : vector<8xi32>
    %v93 = vector.bitcast %v92 : vector<8xi32> to vector<32xi8>
    %v94 = llvm.getelementptr %v25[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v95 = llvm.load %v94 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v96 = vector.broadcast %v95 : i32 to vector<8xi32>
    %v97 = vector.bitcast %v96 : vector<8xi32> to vector<32xi8>
    %v98 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v93, %v97) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v99 = arith.addi %v71, %v98 : vector<16xi16>
    %v100 = llvm.getelementptr %v26[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v101 = llvm.load %v100 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v102 = vector.broadcast %v101 : i32 to vector<8xi32>
    %v103 = vector.bitcast %v102 : vector<8xi32> to vector<32xi8>
    %v104 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v93, %v103) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v105 = arith.addi %v77, %v104 : vector<16xi16>
    %v106 = llvm.getelementptr %v27[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v107 = llvm.load %v106 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v108 = vector.broadcast %v107 : i32 to vector<8xi32>
    %v109 = vector.bitcast %v108 : vector<8xi32> to vector<32xi8>
    %v110 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v93, %v109) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v111 = arith.addi %v83, %v110 : vector<16xi16>
    %v112 = llvm.getelementptr %v28[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v113 = llvm.load %v112 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v114 = vector.broadcast %v113 : i32 to vector<8xi32>
    %v115 = vector.bitcast %v114 : vector<8xi32> to vector<32xi8>
    %v116 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v93, %v115) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v117 = arith.addi %v89, %v116 : vector<16xi16>
    %v118 = llvm.getelementptr %v17[256] : (!llvm.ptr) -> !llvm.ptr, i8
    %v119 = llvm.load %v118 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v120 = arith.andi %v119, %c10 : vector<8xi32>
    %v121 = vector.bitcast %v120 : vector<8xi32> to vector<32xi8>
    %v122 = llvm.getelementptr %v25[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v123 = llvm.load %v122 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v124 = vector.broadcast %v123 : i32 to vector<8xi32>
    %v125 = vector.bitcast %v124 : vector<8xi32> to vector<32xi8>
    %v126 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v121, %v125) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v127 = arith.addi %v99, %v126 : vector<16xi16>
    %v128 = llvm.getelementptr %v26[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v129 = llvm.load %v128 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v130 = vector.broadcast %v129 : i32 to vector<8xi32>
    %v131 = vector.bitcast %v130 : vector<8xi32> to vector<32xi8>
    %v132 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v121, %v131) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v133 = arith.addi %v105, %v132 : vector<16xi16>
    %v134 = llvm.getelementptr %v27[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v135 = llvm.load %v134 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v136 = vector.broadcast %v135 : i32 to vector<8xi32>
    %v137 = vector.bitcast %v136 : vector<8xi32> to vector<32xi8>
    %v138 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v121, %v137) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v139 = arith.addi %v111, %v138 : vector<16xi16>
    %v140 = llvm.getelementptr %v28[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v141 = llvm.load %v140 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v142 = vector.broadcast %v141 : i32 to vector<8xi32>
    %v143 = vector.bitcast %v142 : vector<8xi32> to vector<32xi8>
    %v144 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v121, %v143) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v145 = arith.addi %v117, %v144 : vector<16xi16>
    %v146 = llvm.getelementptr %v17[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v147 = llvm.load %v146 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v148 = arith.shrui %v147, %c11 : vector<8xi32>
    %v149 = arith.andi %v148, %c10 : vector<8xi32>
    %v150 = vector.bitcast %v149 : vector<8xi32> to vector<32xi8>
    %v151 = llvm.getelementptr %v25[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v152 = llvm.load %v151 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v153 = vector.broadcast %v152 : i32 to vector<8xi32>
    %v154 = vector.bitcast %v153 : vector<8xi32> to vector<32xi8>
    %v155 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v150, %v154) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v156 = arith.addi %v127, %v155 : vector<16xi16>
    %v157 = llvm.getelementptr %v26[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v158 = llvm.load %v157 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v159 = vector.broadcast %v158 : i32 to vector<8xi32>
    %v160 = vector.bitcast %v159 : vector<8xi32> to vector<32xi8>
    %v161 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v150, %v160) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v162 = arith.addi %v133, %v161 : vector<16xi16>
    %v163 = llvm.getelementptr %v27[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v164 = llvm.load %v163 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v165 = vector.broadcast %v164 : i32 to vector<8xi32>
    %v166 = vector.bitcast %v165 : vector<8xi32> to vector<32xi8>
    %v167 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v150, %v166) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v168 = arith.addi %v139, %v167 : vector<16xi16>
    %v169 = llvm.getelementptr %v28[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v170 = llvm.load %v169 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v171 = vector.broadcast %v170 : i32 to vector<8xi32>
    %v172 = vector.bitcast %v171 : vector<8xi32> to vector<32xi8>
    %v173 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v150, %v172) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v174 = arith.addi %v145, %v173 : vector<16xi16>
    %v175 = llvm.getelementptr %v17[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v176 = llvm.load %v175 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v177 = arith.shrui %v176, %c11 : vector<8xi32>
    %v178 = arith.andi %v177, %c10 : vector<8xi32>
    %v179 = vector.bitcast %v178 : vector<8xi32> to vector<32xi8>
    %v180 = llvm.getelementptr %v25[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v181 = llvm.load %v180 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v182 = vector.broadcast %v181 : i32 to vector<8xi32>
    %v183 = vector.bitcast %v182 : vector<8xi32> to vector<32xi8>
    %v184 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v179, %v183) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v185 = arith.addi %v156, %v184 : vector<16xi16>
    %v186 = llvm.getelementptr %v26[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v187 = llvm.load %v186 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v188 = vector.broadcast %v187 : i32 to vector<8xi32>
    %v189 = vector.bitcast %v188 : vector<8xi32> to vector<32xi8>
    %v190 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v179, %v189) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v191 = arith.addi %v162, %v190 : vector<16xi16>
    %v192 = llvm.getelementptr %v27[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v193 = llvm.load %v192 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v194 = vector.broadcast %v193 : i32 to vector<8xi32>
    %v195 = vector.bitcast %v194 : vector<8xi32> to vector<32xi8>
    %v196 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v179, %v195) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v197 = arith.addi %v168, %v196 : vector<16xi16>
    %v198 = llvm.getelementptr %v28[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v199 = llvm.load %v198 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v200 = vector.broadcast %v199 : i32 to vector<8xi32>
    %v201 = vector.bitcast %v200 : vector<8xi32> to vector<32xi8>
    %v202 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v179, %v201) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v203 = arith.addi %v174, %v202 : vector<16xi16>
    %v204 = llvm.getelementptr %v17[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v205 = llvm.load %v204 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v206 = arith.shrui %v205, %c11 : vector<8xi32>
    %v207 = arith.andi %v206, %c10 : vector<8xi32>
    %v208 = vector.bitcast %v207 : vector<8xi32> to vector<32xi8>
    %v209 = llvm.getelementptr %v25[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v210 = llvm.load %v209 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v211 = vector.broadcast %v210 : i32 to vector<8xi32>
    %v212 = vector.bitcast %v211 : vector<8xi32> to vector<32xi8>
    %v213 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v208, %v212) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v214 = arith.addi %v185, %v213 : vector<16xi16>
    %v215 = llvm.getelementptr %v26[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v216 = llvm.load %v215 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v217 = vector.broadcast %v216 : i32 to vector<8xi32>
    %v218 = vector.bitcast %v217 : vector<8xi32> to vector<32xi8>
    %v219 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v208, %v218) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v220 = arith.addi %v191, %v219 : vector<16xi16>
    %v221 = llvm.getelementptr %v27[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v222 = llvm.load %v221 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v223 = vector.broadcast %v222 : i32 to vector<8xi32>
    %v224 = vector.bitcast %v223 : vector<8xi32> to vector<32xi8>
    %v225 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v208, %v224) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v226 = arith.addi %v197, %v225 : vector<16xi16>
    %v227 = llvm.getelementptr %v28[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v228 = llvm.load %v227 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v229 = vector.broadcast %v228 : i32 to vector<8xi32>
    %v230 = vector.bitcast %v229 : vector<8xi32> to vector<32xi8>
    %v231 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v208, %v230) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v232 = arith.addi %v203, %v231 : vector<16xi16>
    %v233 = llvm.getelementptr %v17[256] : (!llvm.ptr) -> !llvm.ptr, i8
    %v234 = llvm.load %v233 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v235 = arith.shrui %v234, %c11 : vector<8xi32>
    %v236 = arith.andi %v235, %c10 : vector<8xi32>
    %v237 = vector.bitcast %v236 : vector<8xi32> to vector<32xi8>
    %v238 = llvm.getelementptr %v25[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v239 = llvm.load %v238 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v240 = vector.broadcast %v239 : i32 to vector<8xi32>
    %v241 = vector.bitcast %v240 : vector<8xi32> to vector<32xi8>
    %v242 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v237, %v241) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v243 = arith.addi %v214, %v242 : vector<16xi16>
    %v244 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%v243, %c12) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
    %v245 = llvm.getelementptr %v26[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v246 = llvm.load %v245 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v247 = vector.broadcast %v246 : i32 to vector<8xi32>
    %v248 = vector.bitcast %v247 : vector<8xi32> to vector<32xi8>
    %v249 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v237, %v248) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v250 = arith.addi %v220, %v249 : vector<16xi16>
    %v251 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%v250, %c12) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
    %v252 = llvm.getelementptr %v27[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v253 = llvm.load %v252 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v254 = vector.broadcast %v253 : i32 to vector<8xi32>
    %v255 = vector.bitcast %v254 : vector<8xi32> to vector<32xi8>
    %v256 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v237, %v255) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v257 = arith.addi %v226, %v256 : vector<16xi16>
    %v258 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%v257, %c12) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
    %v259 = llvm.getelementptr %v28[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v260 = llvm.load %v259 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v261 = vector.broadcast %v260 : i32 to vector<8xi32>
    %v262 = vector.bitcast %v261 : vector<8xi32> to vector<32xi8>
    %v263 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v237, %v262) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v264 = arith.addi %v232, %v263 : vector<16xi16>
    %v265 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%v264, %c12) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
    %v266 = llvm.load %v30 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v267 = vector.broadcast %v266 : f32 to vector<8xf32>
    %v268 = arith.mulf %v38, %v267 : vector<8xf32>
    %v269 = arith.sitofp %v244 : vector<8xi32> to vector<8xf32>
    %v270 = vector.fma %v269, %v268, %a11 : vector<8xf32>
    %v271 = llvm.load %v32 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v272 = vector.broadcast %v271 : f32 to vector<8xf32>
    %v273 = arith.mulf %v38, %v272 : vector<8xf32>
    %v274 = arith.sitofp %v251 : vector<8xi32> to vector<8xf32>
    %v275 = vector.fma %v274, %v273, %a12 : vector<8xf32>
    %v276 = llvm.load %v34 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v277 = vector.broadcast %v276 : f32 to vector<8xf32>
    %v278 = arith.mulf %v38, %v277 : vector<8xf32>
    %v279 = arith.sitofp %v258 : vector<8xi32> to vector<8xf32>
    %v280 = vector.fma %v279, %v278, %a13 : vector<8xf32>
    %v281 = llvm.load %v36 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v282 = vector.broadcast %v281 : f32 to vector<8xf32>
    %v283 = arith.mulf %v38, %v282 : vector<8xf32>
    %v284 = arith.sitofp %v265 : vector<8xi32> to vector<8xf32>
    %v285 = vector.fma %v284, %v283, %a14 : vector<8xf32>
    %v286 = llvm.getelementptr %v30[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v287 = llvm.load %v286 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v288 = vector.broadcast %v287 : f32 to vector<8xf32>
    %v289 = vector.fma %v41, %v288, %v270 : vector<8xf32>
    %v290 = llvm.getelementptr %v32[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v291 = llvm.load %v290 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v292 = vector.broadcast %v291 : f32 to vector<8xf32>
    %v293 = vector.fma %v41, %v292, %v275 : vector<8xf32>
    %v294 = llvm.getelementptr %v34[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v295 = llvm.load %v294 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v296 = vector.broadcast %v295 : f32 to vector<8xf32>
    %v297 = vector.fma %v41, %v296, %v280 : vector<8xf32>
    %v298 = llvm.getelementptr %v36[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v299 = llvm.load %v298 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v300 = vector.broadcast %v299 : f32 to vector<8xf32>
    %v301 = vector.fma %v41, %v300, %v285 : vector<8xf32>
    scf.yield %v289, %v293, %v297, %v301 : vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>
  }
  llvm.store %r15#0, %out {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v302 = llvm.getelementptr %out[256] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r15#1, %v302 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v303 = llvm.getelementptr %out[512] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r15#2, %v303 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v304 = llvm.getelementptr %out[768] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r15#3, %v304 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %r310:4 = scf.for %i305 = %c5 to %c6 step %c0 iter_args(%a306 = %c4, %a307 = %c4, %a308 = %c4, %a309 = %c4) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>) : i64 {
    %v311 = arith.muli %i305, %c7 : i64
    %v312 = llvm.getelementptr %w[%v311] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v313 = llvm.getelementptr %v312[6144] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v313) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v314 = llvm.getelementptr %v312[6208] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v314) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v315 = llvm.getelementptr %v312[6272] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v315) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v316 = llvm.getelementptr %v312[6336] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v316) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v317 = llvm.getelementptr %v312[6400] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v317) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v318 = arith.muli %i305, %c8 : i64
    %v319 = arith.muli %i305, %c9 : i64
    %v320 = llvm.getelementptr %x[%v318] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v321 = llvm.getelementptr %v3[%v318] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v322 = llvm.getelementptr %v6[%v318] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v323 = llvm.getelementptr %v9[%v318] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v324 = llvm.getelementptr %x[%v319] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v325 = llvm.getelementptr %v324[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v326 = llvm.getelementptr %v3[%v319] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v327 = llvm.getelementptr %v326[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v328 = llvm.getelementptr %v6[%v319] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v329 = llvm.getelementptr %v328[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v330 = llvm.getelementptr %v9[%v319] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v331 = llvm.getelementptr %v330[576] : (!llvm.ptr) -> !llvm.ptr, i8
    %v332 = llvm.getelementptr %v312[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v333 = llvm.load %v332 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf16>
    %v334 = arith.extf %v333 : vector<8xf16> to vector<8xf32>
    %v335 = llvm.getelementptr %v312[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v336 = llvm.load %v335 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf16>
    %v337 = arith.extf %v336 : vector<8xf16> to vector<8xf32>
    %v338 = llvm.getelementptr %v312[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v339 = llvm.load %v338 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v340 = arith.andi %v339, %c10 : vector<8xi32>
    %v341 = vector.bitcast %v340 : vector<8xi32> to vector<32xi8>
    %v342 = llvm.load %v320 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v343 = vector.broadcast %v342 : i32 to vector<8xi32>
    %v344 = vector.bitcast %v343 : vector<8xi32> to vector<32xi8>
    %v345 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v341, %v344) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v346 = llvm.load %v321 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v347 = vector.broadcast %v346 : i32 to vector<8xi32>
    %v348 = vector.bitcast %v347 : vector<8xi32> to vector<32xi8>
    %v349 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v341, %v348) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v350 = llvm.load %v322 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v351 = vector.broadcast %v350 : i32 to vector<8xi32>
    %v352 = vector.bitcast %v351 : vector<8xi32> to vector<32xi8>
    %v353 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v341, %v352) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v354 = llvm.load %v323 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v355 = vector.broadcast %v354 : i32 to vector<8xi32>
    %v356 = vector.bitcast %v355 : vector<8xi32> to vector<32xi8>
    %v357 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v341, %v356) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v358 = llvm.getelementptr %v312[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v359 = llvm.load %v358 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v360 = arith.andi %v359, %c10 : vector<8xi32>
    %v361 = vector.bitcast %v360 : vector<8xi32> to vector<32xi8>
    %v362 = llvm.getelementptr %v320[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v363 = llvm.load %v362 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v364 = vector.broadcast %v363 : i32 to vector<8xi32>
    %v365 = vector.bitcast %v364 : vector<8xi32> to vector<32xi8>
    %v366 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v361, %v365) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v367 = arith.addi %v345, %v366 : vector<16xi16>
    %v368 = llvm.getelementptr %v321[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v369 = llvm.load %v368 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v370 = vector.broadcast %v369 : i32 to vector<8xi32>
    %v371 = vector.bitcast %v370 : vector<8xi32> to vector<32xi8>
    %v372 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v361, %v371) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v373 = arith.addi %v349, %v372 : vector<16xi16>
    %v374 = llvm.getelementptr %v322[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v375 = llvm.load %v374 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v376 = vector.broadcast %v375 : i32 to vector<8xi32>
    %v377 = vector.bitcast %v376 : vector<8xi32> to vector<32xi8>
    %v378 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v361, %v377) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v379 = arith.addi %v353, %v378 : vector<16xi16>
    %v380 = llvm.getelementptr %v323[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v381 = llvm.load %v380 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v382 = vector.broadcast %v381 : i32 to vector<8xi32>
    %v383 = vector.bitcast %v382 : vector<8xi32> to vector<32xi8>
    %v384 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v361, %v383) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v385 = arith.addi %v357, %v384 : vector<16xi16>
    %v386 = llvm.getelementptr %v312[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v387 = llvm.load %v386 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v388 = arith.andi %v387, %c10 : vector<8xi32>
    %v389 = vector.bitcast %v388 : vector<8xi32> to vector<32xi8>
    %v390 = llvm.getelementptr %v320[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v391 = llvm.load %v390 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v392 = vector.broadcast %v391 : i32 to vector<8xi32>
    %v393 = vector.bitcast %v392 : vector<8xi32> to vector<32xi8>
    %v394 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v389, %v393) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v395 = arith.addi %v367, %v394 : vector<16xi16>
    %v396 = llvm.getelementptr %v321[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v397 = llvm.load %v396 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v398 = vector.broadcast %v397 : i32 to vector<8xi32>
    %v399 = vector.bitcast %v398 : vector<8xi32> to vector<32xi8>
    %v400 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v389, %v399) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v401 = arith.addi %v373, %v400 : vector<16xi16>
    %v402 = llvm.getelementptr %v322[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v403 = llvm.load %v402 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v404 = vector.broadcast %v403 : i32 to vector<8xi32>
    %v405 = vector.bitcast %v404 : vector<8xi32> to vector<32xi8>
    %v406 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v389, %v405) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v407 = arith.addi %v379, %v406 : vector<16xi16>
    %v408 = llvm.getelementptr %v323[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v409 = llvm.load %v408 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v410 = vector.broadcast %v409 : i32 to vector<8xi32>
    %v411 = vector.bitcast %v410 : vector<8xi32> to vector<32xi8>
    %v412 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v389, %v411) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v413 = arith.addi %v385, %v412 : vector<16xi16>
    %v414 = llvm.getelementptr %v312[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v415 = llvm.load %v414 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v416 = arith.andi %v415, %c10 : vector<8xi32>
    %v417 = vector.bitcast %v416 : vector<8xi32> to vector<32xi8>
    %v418 = llvm.getelementptr %v320[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v419 = llvm.load %v418 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v420 = vector.broadcast %v419 : i32 to vector<8xi32>
    %v421 = vector.bitcast %v420 : vector<8xi32> to vector<32xi8>
    %v422 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v417, %v421) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v423 = arith.addi %v395, %v422 : vector<16xi16>
    %v424 = llvm.getelementptr %v321[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v425 = llvm.load %v424 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v426 = vector.broadcast %v425 : i32 to vector<8xi32>
    %v427 = vector.bitcast %v426 : vector<8xi32> to vector<32xi8>
    %v428 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v417, %v427) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v429 = arith.addi %v401, %v428 : vector<16xi16>
    %v430 = llvm.getelementptr %v322[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v431 = llvm.load %v430 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v432 = vector.broadcast %v431 : i32 to vector<8xi32>
    %v433 = vector.bitcast %v432 : vector<8xi32> to vector<32xi8>
    %v434 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v417, %v433) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v435 = arith.addi %v407, %v434 : vector<16xi16>
    %v436 = llvm.getelementptr %v323[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v437 = llvm.load %v436 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v438 = vector.broadcast %v437 : i32 to vector<8xi32>
    %v439 = vector.bitcast %v438 : vector<8xi32> to vector<32xi8>
    %v440 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v417, %v439) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v441 = arith.addi %v413, %v440 : vector<16xi16>
    %v442 = llvm.getelementptr %v312[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v443 = llvm.load %v442 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v444 = arith.shrui %v443, %c11 : vector<8xi32>
    %v445 = arith.andi %v444, %c10 : vector<8xi32>
    %v446 = vector.bitcast %v445 : vector<8xi32> to vector<32xi8>
    %v447 = llvm.getelementptr %v320[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v448 = llvm.load %v447 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v449 = vector.broadcast %v448 : i32 to vector<8xi32>
    %v450 = vector.bitcast %v449 : vector<8xi32> to vector<32xi8>
    %v451 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v446, %v450) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v452 = arith.addi %v423, %v451 : vector<16xi16>
    %v453 = llvm.getelementptr %v321[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v454 = llvm.load %v453 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v455 = vector.broadcast %v454 : i32 to vector<8xi32>
    %v456 = vector.bitcast %v455 : vector<8xi32> to vector<32xi8>
    %v457 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v446, %v456) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v458 = arith.addi %v429, %v457 : vector<16xi16>
    %v459 = llvm.getelementptr %v322[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v460 = llvm.load %v459 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v461 = vector.broadcast %v460 : i32 to vector<8xi32>
    %v462 = vector.bitcast %v461 : vector<8xi32> to vector<32xi8>
    %v463 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v446, %v462) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v464 = arith.addi %v435, %v463 : vector<16xi16>
    %v465 = llvm.getelementptr %v323[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v466 = llvm.load %v465 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v467 = vector.broadcast %v466 : i32 to vector<8xi32>
    %v468 = vector.bitcast %v467 : vector<8xi32> to vector<32xi8>
    %v469 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v446, %v468) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v470 = arith.addi %v441, %v469 : vector<16xi16>
    %v471 = llvm.getelementptr %v312[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v472 = llvm.load %v471 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v473 = arith.shrui %v472, %c11 : vector<8xi32>
    %v474 = arith.andi %v473, %c10 : vector<8xi32>
    %v475 = vector.bitcast %v474 : vector<8xi32> to vector<32xi8>
    %v476 = llvm.getelementptr %v320[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v477 = llvm.load %v476 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v478 = vector.broadcast %v477 : i32 to vector<8xi32>
    %v479 = vector.bitcast %v478 : vector<8xi32> to vector<32xi8>
    %v480 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v475, %v479) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v481 = arith.addi %v452, %v480 : vector<16xi16>
    %v482 = llvm.getelementptr %v321[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v483 = llvm.load %v482 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v484 = vector.broadcast %v483 : i32 to vector<8xi32>
    %v485 = vector.bitcast %v484 : vector<8xi32> to vector<32xi8>
    %v486 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v475, %v485) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v487 = arith.addi %v458, %v486 : vector<16xi16>
    %v488 = llvm.getelementptr %v322[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v489 = llvm.load %v488 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v490 = vector.broadcast %v489 : i32 to vector<8xi32>
    %v491 = vector.bitcast %v490 : vector<8xi32> to vector<32xi8>
    %v492 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v475, %v491) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v493 = arith.addi %v464, %v492 : vector<16xi16>
    %v494 = llvm.getelementptr %v323[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v495 = llvm.load %v494 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v496 = vector.broadcast %v495 : i32 to vector<8xi32>
    %v497 = vector.bitcast %v496 : vector<8xi32> to vector<32xi8>
    %v498 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v475, %v497) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v499 = arith.addi %v470, %v498 : vector<16xi16>
    %v500 = llvm.getelementptr %v312[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v501 = llvm.load %v500 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v502 = arith.shrui %v501, %c11 : vector<8xi32>
    %v503 = arith.andi %v502, %c10 : vector<8xi32>
    %v504 = vector.bitcast %v503 : vector<8xi32> to vector<32xi8>
    %v505 = llvm.getelementptr %v320[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v506 = llvm.load %v505 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v507 = vector.broadcast %v506 : i32 to vector<8xi32>
    %v508 = vector.bitcast %v507 : vector<8xi32> to vector<32xi8>
    %v509 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v504, %v508) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v510 = arith.addi %v481, %v509 : vector<16xi16>
    %v511 = llvm.getelementptr %v321[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v512 = llvm.load %v511 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v513 = vector.broadcast %v512 : i32 to vector<8xi32>
    %v514 = vector.bitcast %v513 : vector<8xi32> to vector<32xi8>
    %v515 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v504, %v514) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v516 = arith.addi %v487, %v515 : vector<16xi16>
    %v517 = llvm.getelementptr %v322[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v518 = llvm.load %v517 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v519 = vector.broadcast %v518 : i32 to vector<8xi32>
    %v520 = vector.bitcast %v519 : vector<8xi32> to vector<32xi8>
    %v521 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v504, %v520) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v522 = arith.addi %v493, %v521 : vector<16xi16>
    %v523 = llvm.getelementptr %v323[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v524 = llvm.load %v523 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v525 = vector.broadcast %v524 : i32 to vector<8xi32>
    %v526 = vector.bitcast %v525 : vector<8xi32> to vector<32xi8>
    %v527 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v504, %v526) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v528 = arith.addi %v499, %v527 : vector<16xi16>
    %v529 = llvm.getelementptr %v312[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v530 = llvm.load %v529 {alignment = 1 : i64} : !llvm.ptr -> vector<8xi32>
    %v531 = arith.shrui %v530, %c11 : vector<8xi32>
    %v532 = arith.andi %v531, %c10 : vector<8xi32>
    %v533 = vector.bitcast %v532 : vector<8xi32> to vector<32xi8>
    %v534 = llvm.getelementptr %v320[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v535 = llvm.load %v534 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v536 = vector.broadcast %v535 : i32 to vector<8xi32>
    %v537 = vector.bitcast %v536 : vector<8xi32> to vector<32xi8>
    %v538 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v533, %v537) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v539 = arith.addi %v510, %v538 : vector<16xi16>
    %v540 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%v539, %c12) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
    %v541 = llvm.getelementptr %v321[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v542 = llvm.load %v541 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v543 = vector.broadcast %v542 : i32 to vector<8xi32>
    %v544 = vector.bitcast %v543 : vector<8xi32> to vector<32xi8>
    %v545 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v533, %v544) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v546 = arith.addi %v516, %v545 : vector<16xi16>
    %v547 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%v546, %c12) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
    %v548 = llvm.getelementptr %v322[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v549 = llvm.load %v548 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v550 = vector.broadcast %v549 : i32 to vector<8xi32>
    %v551 = vector.bitcast %v550 : vector<8xi32> to vector<32xi8>
    %v552 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v533, %v551) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v553 = arith.addi %v522, %v552 : vector<16xi16>
    %v554 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%v553, %c12) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
    %v555 = llvm.getelementptr %v323[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v556 = llvm.load %v555 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v557 = vector.broadcast %v556 : i32 to vector<8xi32>
    %v558 = vector.bitcast %v557 : vector<8xi32> to vector<32xi8>
    %v559 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%v533, %v558) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
    %v560 = arith.addi %v528, %v559 : vector<16xi16>
    %v561 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%v560, %c12) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
    %v562 = llvm.load %v325 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v563 = vector.broadcast %v562 : f32 to vector<8xf32>
    %v564 = arith.mulf %v334, %v563 : vector<8xf32>
    %v565 = arith.sitofp %v540 : vector<8xi32> to vector<8xf32>
    %v566 = vector.fma %v565, %v564, %a306 : vector<8xf32>
    %v567 = llvm.load %v327 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v568 = vector.broadcast %v567 : f32 to vector<8xf32>
    %v569 = arith.mulf %v334, %v568 : vector<8xf32>
    %v570 = arith.sitofp %v547 : vector<8xi32> to vector<8xf32>
    %v571 = vector.fma %v570, %v569, %a307 : vector<8xf32>
    %v572 = llvm.load %v329 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v573 = vector.broadcast %v572 : f32 to vector<8xf32>
    %v574 = arith.mulf %v334, %v573 : vector<8xf32>
    %v575 = arith.sitofp %v554 : vector<8xi32> to vector<8xf32>
    %v576 = vector.fma %v575, %v574, %a308 : vector<8xf32>
    %v577 = llvm.load %v331 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v578 = vector.broadcast %v577 : f32 to vector<8xf32>
    %v579 = arith.mulf %v334, %v578 : vector<8xf32>
    %v580 = arith.sitofp %v561 : vector<8xi32> to vector<8xf32>
    %v581 = vector.fma %v580, %v579, %a309 : vector<8xf32>
    %v582 = llvm.getelementptr %v325[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v583 = llvm.load %v582 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v584 = vector.broadcast %v583 : f32 to vector<8xf32>
    %v585 = vector.fma %v337, %v584, %v566 : vector<8xf32>
    %v586 = llvm.getelementptr %v327[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v587 = llvm.load %v586 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v588 = vector.broadcast %v587 : f32 to vector<8xf32>
    %v589 = vector.fma %v337, %v588, %v571 : vector<8xf32>
    %v590 = llvm.getelementptr %v329[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v591 = llvm.load %v590 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v592 = vector.broadcast %v591 : f32 to vector<8xf32>
    %v593 = vector.fma %v337, %v592, %v576 : vector<8xf32>
    %v594 = llvm.getelementptr %v331[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v595 = llvm.load %v594 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v596 = vector.broadcast %v595 : f32 to vector<8xf32>
    %v597 = vector.fma %v337, %v596, %v581 : vector<8xf32>
    scf.yield %v585, %v589, %v593, %v597 : vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>
  }
  %v598 = llvm.getelementptr %out[32] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r310#0, %v598 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v599 = llvm.getelementptr %out[288] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r310#1, %v599 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v600 = llvm.getelementptr %out[544] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r310#2, %v600 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  %v601 = llvm.getelementptr %out[800] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r310#3, %v601 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  return
}
func.func private @matmul_k576_n3072_q4_q8_q8_glu_silu_avx2_store(%tile: !llvm.ptr, %y: !llvm.ptr, %residual: !llvm.ptr, %bias: !llvm.ptr, %row: i64, %count: i64, %unit: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline, llvm.target_features = #llvm.target_features<["-avx512f"]>} {
  %c0 = arith.constant 32 : i64
  %c1 = arith.constant 256 : i64
  %c2 = arith.constant 0 : i64
  %c3 = arith.constant 1 : i64
  %c4 = arith.constant dense<8.800000000e+01> : vector<8xf32>
  %c5 = arith.constant dense<-8.700000000e+01> : vector<8xf32>
  %c6 = arith.constant dense<1.442695041e+00> : vector<8xf32>
  %c7 = arith.constant dense<1.258291200e+07> : vector<8xf32>
  %c8 = arith.constant dense<1262485504> : vector<8xi32>
  %c9 = arith.constant dense<-6.933593750e-01> : vector<8xf32>
  %c10 = arith.constant dense<2.121944401e-04> : vector<8xf32>
  %c11 = arith.constant dense<1.987569150e-04> : vector<8xf32>
  %c12 = arith.constant dense<1.398199951e-03> : vector<8xf32>
  %c13 = arith.constant dense<8.333451907e-03> : vector<8xf32>
  %c14 = arith.constant dense<4.166579589e-02> : vector<8xf32>
  %c15 = arith.constant dense<1.666666546e-01> : vector<8xf32>
  %c16 = arith.constant dense<5.000000000e-01> : vector<8xf32>
  %c17 = arith.constant dense<1.000000000e+00> : vector<8xf32>
  %c18 = arith.constant dense<23> : vector<8xi32>
  %c19 = arith.constant 1920 : i64
  %c20 = arith.constant dense<2147483647> : vector<8xi32>
  %c21 = arith.constant 7.874015748e-03 : f32
  %c22 = arith.constant 0.000000000e+00 : f32
  %c23 = arith.constant 1.270000000e+02 : f32
  %c24 = arith.constant 4 : i64
  %v1 = arith.muli %unit, %c0 : i64
  scf.for %i2 = %c2 to %count step %c3 : i64 {
    %v4 = arith.muli %i2, %c1 : i64
    %v5 = llvm.getelementptr %tile[%v4] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v6 = arith.addi %row, %i2 : i64
    %v7 = llvm.load %v5 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v8 = llvm.getelementptr %v5[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v9 = llvm.load %v8 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v10 = arith.negf %v7 : vector<8xf32>
    %v11 = arith.minnumf %v10, %c4 : vector<8xf32>
    %v12 = arith.maxnumf %v11, %c5 : vector<8xf32>
    %v13 = arith.mulf %v12, %c6 : vector<8xf32>
    %v14 = arith.addf %v13, %c7 : vector<8xf32>
    %v15 = vector.bitcast %v14 : vector<8xf32> to vector<8xi32>
    %v16 = arith.subi %v15, %c8 : vector<8xi32>
    %v17 = arith.subf %v14, %c7 : vector<8xf32>
    %v18 = vector.fma %v17, %c9, %v12 : vector<8xf32>
    %v19 = vector.fma %v17, %c10, %v18 : vector<8xf32>
    %v20 = arith.mulf %v19, %v19 : vector<8xf32>
    %v21 = vector.fma %c11, %v19, %c12 : vector<8xf32>
    %v22 = vector.fma %v21, %v19, %c13 : vector<8xf32>
    %v23 = vector.fma %v22, %v19, %c14 : vector<8xf32>
    %v24 = vector.fma %v23, %v19, %c15 : vector<8xf32>
    %v25 = vector.fma %v24, %v19, %c16 : vector<8xf32>
    %v26 = vector.fma %v25, %v20, %v19 : vector<8xf32>
    %v27 = arith.addf %v26, %c17 : vector<8xf32>
    %v28 = arith.shli %v16, %c18 : vector<8xi32>
    %v29 = vector.bitcast %v27 : vector<8xf32> to vector<8xi32>
    %v30 = arith.addi %v29, %v28 : vector<8xi32>
    %v31 = vector.bitcast %v30 : vector<8xi32> to vector<8xf32>
    %v32 = arith.addf %v31, %c17 : vector<8xf32>
    %v33 = arith.divf %v7, %v32 : vector<8xf32>
    %v34 = arith.mulf %v33, %v9 : vector<8xf32>
    %v35 = llvm.getelementptr %v5[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v36 = llvm.load %v35 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v37 = llvm.getelementptr %v5[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v38 = llvm.load %v37 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v39 = arith.negf %v36 : vector<8xf32>
    %v40 = arith.minnumf %v39, %c4 : vector<8xf32>
    %v41 = arith.maxnumf %v40, %c5 : vector<8xf32>
    %v42 = arith.mulf %v41, %c6 : vector<8xf32>
    %v43 = arith.addf %v42, %c7 : vector<8xf32>
    %v44 = vector.bitcast %v43 : vector<8xf32> to vector<8xi32>
    %v45 = arith.subi %v44, %c8 : vector<8xi32>
    %v46 = arith.subf %v43, %c7 : vector<8xf32>
    %v47 = vector.fma %v46, %c9, %v41 : vector<8xf32>
    %v48 = vector.fma %v46, %c10, %v47 : vector<8xf32>
    %v49 = arith.mulf %v48, %v48 : vector<8xf32>
    %v50 = vector.fma %c11, %v48, %c12 : vector<8xf32>
    %v51 = vector.fma %v50, %v48, %c13 : vector<8xf32>
    %v52 = vector.fma %v51, %v48, %c14 : vector<8xf32>
    %v53 = vector.fma %v52, %v48, %c15 : vector<8xf32>
    %v54 = vector.fma %v53, %v48, %c16 : vector<8xf32>
    %v55 = vector.fma %v54, %v49, %v48 : vector<8xf32>
    %v56 = arith.addf %v55, %c17 : vector<8xf32>
    %v57 = arith.shli %v45, %c18 : vector<8xi32>
    %v58 = vector.bitcast %v56 : vector<8xf32> to vector<8xi32>
    %v59 = arith.addi %v58, %v57 : vector<8xi32>
    %v60 = vector.bitcast %v59 : vector<8xi32> to vector<8xf32>
    %v61 = arith.addf %v60, %c17 : vector<8xf32>
    %v62 = arith.divf %v36, %v61 : vector<8xf32>
    %v63 = arith.mulf %v62, %v38 : vector<8xf32>
    %v64 = llvm.getelementptr %v5[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v65 = llvm.load %v64 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v66 = llvm.getelementptr %v5[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v67 = llvm.load %v66 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v68 = arith.negf %v65 : vector<8xf32>
    %v69 = arith.minnumf %v68, %c4 : vector<8xf32>
    %v70 = arith.maxnumf %v69, %c5 : vector<8xf32>
    %v71 = arith.mulf %v70, %c6 : vector<8xf32>
    %v72 = arith.addf %v71, %c7 : vector<8xf32>
    %v73 = vector.bitcast %v72 : vector<8xf32> to vector<8xi32>
    %v74 = arith.subi %v73, %c8 : vector<8xi32>
    %v75 = arith.subf %v72, %c7 : vector<8xf32>
    %v76 = vector.fma %v75, %c9, %v70 : vector<8xf32>
    %v77 = vector.fma %v75, %c10, %v76 : vector<8xf32>
    %v78 = arith.mulf %v77, %v77 : vector<8xf32>
    %v79 = vector.fma %c11, %v77, %c12 : vector<8xf32>
    %v80 = vector.fma %v79, %v77, %c13 : vector<8xf32>
    %v81 = vector.fma %v80, %v77, %c14 : vector<8xf32>
    %v82 = vector.fma %v81, %v77, %c15 : vector<8xf32>
    %v83 = vector.fma %v82, %v77, %c16 : vector<8xf32>
    %v84 = vector.fma %v83, %v78, %v77 : vector<8xf32>
    %v85 = arith.addf %v84, %c17 : vector<8xf32>
    %v86 = arith.shli %v74, %c18 : vector<8xi32>
    %v87 = vector.bitcast %v85 : vector<8xf32> to vector<8xi32>
    %v88 = arith.addi %v87, %v86 : vector<8xi32>
    %v89 = vector.bitcast %v88 : vector<8xi32> to vector<8xf32>
    %v90 = arith.addf %v89, %c17 : vector<8xf32>
    %v91 = arith.divf %v65, %v90 : vector<8xf32>
    %v92 = arith.mulf %v91, %v67 : vector<8xf32>
    %v93 = llvm.getelementptr %v5[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v94 = llvm.load %v93 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v95 = llvm.getelementptr %v5[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v96 = llvm.load %v95 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v97 = arith.negf %v94 : vector<8xf32>
    %v98 = arith.minnumf %v97, %c4 : vector<8xf32>
    %v99 = arith.maxnumf %v98, %c5 : vector<8xf32>
    %v100 = arith.mulf %v99, %c6 : vector<8xf32>
    %v101 = arith.addf %v100, %c7 : vector<8xf32>
    %v102 = vector.bitcast %v101 : vector<8xf32> to vector<8xi32>
    %v103 = arith.subi %v102, %c8 : vector<8xi32>
    %v104 = arith.subf %v101, %c7 : vector<8xf32>
    %v105 = vector.fma %v104, %c9, %v99 : vector<8xf32>
    %v106 = vector.fma %v104, %c10, %v105 : vector<8xf32>
    %v107 = arith.mulf %v106, %v106 : vector<8xf32>
    %v108 = vector.fma %c11, %v106, %c12 : vector<8xf32>
    %v109 = vector.fma %v108, %v106, %c13 : vector<8xf32>
    %v110 = vector.fma %v109, %v106, %c14 : vector<8xf32>
    %v111 = vector.fma %v110, %v106, %c15 : vector<8xf32>
    %v112 = vector.fma %v111, %v106, %c16 : vector<8xf32>
    %v113 = vector.fma %v112, %v107, %v106 : vector<8xf32>
    %v114 = arith.addf %v113, %c17 : vector<8xf32>
    %v115 = arith.shli %v103, %c18 : vector<8xi32>
    %v116 = vector.bitcast %v114 : vector<8xf32> to vector<8xi32>
    %v117 = arith.addi %v116, %v115 : vector<8xi32>
    %v118 = vector.bitcast %v117 : vector<8xi32> to vector<8xf32>
    %v119 = arith.addf %v118, %c17 : vector<8xf32>
    %v120 = arith.divf %v94, %v119 : vector<8xf32>
    %v121 = arith.mulf %v120, %v96 : vector<8xf32>
    %v122 = arith.muli %v6, %c19 : i64
    %v123 = llvm.getelementptr %y[%v122] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v124 = vector.bitcast %v34 : vector<8xf32> to vector<8xi32>
    %v125 = arith.andi %v124, %c20 : vector<8xi32>
    %v126 = vector.bitcast %v63 : vector<8xf32> to vector<8xi32>
    %v127 = arith.andi %v126, %c20 : vector<8xi32>
    %v128 = arith.maxsi %v125, %v127 : vector<8xi32>
    %v129 = vector.bitcast %v92 : vector<8xf32> to vector<8xi32>
    %v130 = arith.andi %v129, %c20 : vector<8xi32>
    %v131 = arith.maxsi %v128, %v130 : vector<8xi32>
    %v132 = vector.bitcast %v121 : vector<8xf32> to vector<8xi32>
    %v133 = arith.andi %v132, %c20 : vector<8xi32>
    %v134 = arith.maxsi %v131, %v133 : vector<8xi32>
    %v135 = vector.reduction <maxsi>, %v134 : vector<8xi32> into i32
    %v136 = arith.bitcast %v135 : i32 to f32
    %v137 = arith.mulf %v136, %c21 : f32
    %v138 = arith.cmpf ogt, %v136, %c22 : f32
    %v139 = arith.divf %c23, %v136 : f32
    %v140 = arith.select %v138, %v139, %c22 : f32
    %v141 = vector.broadcast %v140 : f32 to vector<8xf32>
    %v142 = arith.mulf %v34, %v141 : vector<8xf32>
    %v143 = arith.addf %v142, %c7 : vector<8xf32>
    %v144 = vector.bitcast %v143 : vector<8xf32> to vector<8xi32>
    %v145 = arith.subi %v144, %c8 : vector<8xi32>
    %v146 = arith.subf %v143, %c7 : vector<8xf32>
    %v147 = arith.mulf %v63, %v141 : vector<8xf32>
    %v148 = arith.addf %v147, %c7 : vector<8xf32>
    %v149 = vector.bitcast %v148 : vector<8xf32> to vector<8xi32>
    %v150 = arith.subi %v149, %c8 : vector<8xi32>
    %v151 = arith.subf %v148, %c7 : vector<8xf32>
    %v152 = arith.mulf %v92, %v141 : vector<8xf32>
    %v153 = arith.addf %v152, %c7 : vector<8xf32>
    %v154 = vector.bitcast %v153 : vector<8xf32> to vector<8xi32>
    %v155 = arith.subi %v154, %c8 : vector<8xi32>
    %v156 = arith.subf %v153, %c7 : vector<8xf32>
    %v157 = arith.mulf %v121, %v141 : vector<8xf32>
    %v158 = arith.addf %v157, %c7 : vector<8xf32>
    %v159 = vector.bitcast %v158 : vector<8xf32> to vector<8xi32>
    %v160 = arith.subi %v159, %c8 : vector<8xi32>
    %v161 = arith.subf %v158, %c7 : vector<8xf32>
    %v162 = llvm.getelementptr %v123[%v1] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v163 = arith.trunci %v145 : vector<8xi32> to vector<8xi8>
    llvm.store %v163, %v162 {alignment = 1 : i64} : vector<8xi8>, !llvm.ptr
    %v164 = arith.trunci %v150 : vector<8xi32> to vector<8xi8>
    %v165 = llvm.getelementptr %v162[8] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v164, %v165 {alignment = 1 : i64} : vector<8xi8>, !llvm.ptr
    %v166 = arith.trunci %v155 : vector<8xi32> to vector<8xi8>
    %v167 = llvm.getelementptr %v162[16] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v166, %v167 {alignment = 1 : i64} : vector<8xi8>, !llvm.ptr
    %v168 = arith.trunci %v160 : vector<8xi32> to vector<8xi8>
    %v169 = llvm.getelementptr %v162[24] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v168, %v169 {alignment = 1 : i64} : vector<8xi8>, !llvm.ptr
    %v170 = arith.addi %v145, %v150 : vector<8xi32>
    %v171 = arith.addi %v170, %v155 : vector<8xi32>
    %v172 = arith.addi %v171, %v160 : vector<8xi32>
    %v173 = vector.reduction <add>, %v172 : vector<8xi32> into i32
    %v174 = arith.sitofp %v173 : i32 to f32
    %v175 = arith.muli %unit, %c24 : i64
    %v176 = llvm.getelementptr %v123[%v175] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v177 = llvm.getelementptr %v176[1536] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v137, %v177 {alignment = 1 : i64} : f32, !llvm.ptr
    %v178 = arith.mulf %v174, %v137 : f32
    %v179 = llvm.getelementptr %v177[192] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v178, %v179 {alignment = 1 : i64} : f32, !llvm.ptr
  }
  return
}
func.func @matmul_k576_n3072_q4_q8_q8_glu_silu_avx2(%x: !llvm.ptr, %y: !llvm.ptr, %residual: !llvm.ptr, %w: !llvm.ptr, %bias: !llvm.ptr, %rows: i64, %begin: i64, %end: i64) {
  %c0 = arith.constant 1024 : i64
  %c1 = arith.constant 11 : i64
  %c2 = arith.constant 0 : i64
  %c3 = arith.constant 4 : i64
  %c4 = arith.constant 1 : i64
  %c5 = arith.constant 23040 : i64
  %c6 = arith.constant 768 : i64
  %c7 = arith.constant 5760 : i64
  %c8 = arith.constant 64 : i64
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
          scf.for %i20 = %c2 to %c3 step %c4 : i64 {
            %v22 = arith.muli %i20, %c7 : i64
            %v23 = llvm.getelementptr %v11[%v22] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            %v24 = arith.muli %i20, %c8 : i64
            %v25 = llvm.getelementptr %stack0[%v24] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            func.call @matmul_k576_n3072_q4_q8_q8_glu_silu_avx2_tile1(%v19, %v13, %v23, %v25, %x) : (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
          }
          %v26 = llvm.getelementptr %v11[23040] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v26) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v27 = llvm.getelementptr %v11[23104] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v27) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v28 = llvm.getelementptr %v11[23168] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v28) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v29 = llvm.getelementptr %v11[23232] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v29) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v30 = llvm.getelementptr %v11[23296] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v30) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v31 = llvm.getelementptr %v11[23360] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v31) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v32 = llvm.getelementptr %v11[23424] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v32) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v33 = llvm.getelementptr %v11[23488] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v33) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v34 = llvm.getelementptr %v11[23552] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v34) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v35 = llvm.getelementptr %v11[23616] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v35) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v36 = llvm.getelementptr %v11[23680] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v36) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v37 = llvm.getelementptr %v11[23744] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v37) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v38 = llvm.getelementptr %v11[23808] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v38) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v39 = llvm.getelementptr %v11[23872] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v39) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v40 = llvm.getelementptr %v11[23936] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v40) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v41 = llvm.getelementptr %v11[24000] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v41) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v42 = llvm.getelementptr %v11[24064] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v42) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v43 = llvm.getelementptr %v11[24128] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v43) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v44 = llvm.getelementptr %v11[24192] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v44) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v45 = llvm.getelementptr %v11[24256] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v45) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v46 = llvm.getelementptr %v11[24320] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v46) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v47 = llvm.getelementptr %v11[24384] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v47) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v48 = llvm.getelementptr %v11[24448] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v48) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v49 = llvm.getelementptr %v11[24512] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v49) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v50 = llvm.getelementptr %v11[24576] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v50) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v51 = llvm.getelementptr %v11[24640] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v51) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v52 = llvm.getelementptr %v11[24704] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v52) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v53 = llvm.getelementptr %v11[24768] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v53) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v54 = llvm.getelementptr %v11[24832] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v54) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v55 = llvm.getelementptr %v11[24896] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v55) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v56 = llvm.getelementptr %v11[24960] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v56) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v57 = llvm.getelementptr %v11[25024] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v57) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          func.call @matmul_k576_n3072_q4_q8_q8_glu_silu_avx2_store(%stack0, %y, %residual, %bias, %i5, %v14, %i8) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
        }
        %v58 = arith.cmpi sgt, %v14, %c4 : i64
        %v59 = arith.cmpi sle, %v14, %c3 : i64
        %v60 = arith.andi %v58, %v59 : i1
        scf.if %v60 {
          %v61 = arith.muli %i5, %c6 : i64
          %v62 = llvm.getelementptr %x[%v61] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          scf.for %i63 = %c2 to %c3 step %c4 : i64 {
            %v65 = arith.muli %i63, %c7 : i64
            %v66 = llvm.getelementptr %v11[%v65] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            %v67 = arith.muli %i63, %c8 : i64
            %v68 = llvm.getelementptr %stack0[%v67] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            func.call @matmul_k576_n3072_q4_q8_q8_glu_silu_avx2_tile4(%v62, %v13, %v66, %v68, %x) : (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
          }
          func.call @matmul_k576_n3072_q4_q8_q8_glu_silu_avx2_store(%stack0, %y, %residual, %bias, %i5, %v14, %i8) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
        }
      }
    }
  }
  return
}
