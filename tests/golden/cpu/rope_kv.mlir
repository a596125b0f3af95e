func.func @rope_kv_interleaved_4_2x32_p16_l4_f16_norm1em06_avx512vnni(%qkv: !llvm.ptr, %positions: !llvm.ptr, %slots: !llvm.ptr, %angles: !llvm.ptr, %q_norm: !llvm.ptr, %k_norm: !llvm.ptr, %kv: !llvm.ptr, %y: !llvm.ptr, %begin: i64, %end: i64) {
  %c0 = arith.constant 128 : i64
  %c1 = arith.constant 1 : i64
  %c2 = arith.constant 4 : i64
  %c3 = arith.constant 16 : i64
  %c4 = arith.constant 16384 : i64
  %c5 = arith.constant 1024 : i64
  %c6 = arith.constant 512 : i64
  %c7 = arith.constant 0 : i64
  %c8 = arith.constant dense<0.000000000e+00> : vector<16xf32>
  %c9 = arith.constant 64 : i64
  %c10 = arith.constant 3.125000000e-02 : f32
  %c11 = arith.constant 1.000000000e-06 : f32
  %c12 = arith.constant 1.000000000e+00 : f32
  %c13 = arith.constant 2 : i64
  %stack1 = llvm.alloca %c0 x i8 {alignment = 64 : i64} : (i64) -> !llvm.ptr
  scf.for %i2 = %begin to %end step %c1 : i64 {
    %v4 = arith.muli %i2, %c2 : i64
    %v5 = llvm.getelementptr %positions[%v4] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v6 = llvm.load %v5 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v7 = arith.extsi %v6 : i32 to i64
    %v8 = arith.muli %v7, %c0 : i64
    %v9 = llvm.getelementptr %angles[%v8] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v10 = arith.muli %i2, %c2 : i64
    %v11 = llvm.getelementptr %slots[%v10] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v12 = llvm.load %v11 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v13 = arith.extsi %v12 : i32 to i64
    %v14 = arith.divui %v13, %c3 : i64
    %v15 = arith.muli %v14, %c4 : i64
    %v16 = llvm.getelementptr %kv[%v15] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v17 = arith.remui %v13, %c3 : i64
    %v18 = arith.muli %i2, %c5 : i64
    %v19 = llvm.getelementptr %qkv[%v18] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v20 = arith.muli %i2, %c6 : i64
    %v21 = llvm.getelementptr %y[%v20] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    scf.for %i22 = %c7 to %c2 step %c1 : i64 {
      %v24 = arith.muli %i22, %c0 : i64
      %v25 = llvm.getelementptr %v19[%v24] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      "llvm.intr.memcpy"(%stack1, %v25, %c0) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
      %r28:1 = scf.for %i26 = %c7 to %c0 step %c9 iter_args(%a27 = %c8) -> (vector<16xf32>) : i64 {
        %v29 = llvm.getelementptr %stack1[%i26] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v30 = llvm.load %v29 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
        %v31 = vector.fma %v30, %v30, %a27 : vector<16xf32>
        scf.yield %v31 : vector<16xf32>
      }
      %v32 = vector.reduction <add>, %r28#0 fastmath<reassoc> : vector<16xf32> into f32
      %v33 = arith.mulf %v32, %c10 : f32
      %v34 = arith.addf %v33, %c11 : f32
      %v35 = math.sqrt %v34 : f32
      %v36 = arith.divf %c12, %v35 : f32
      %v37 = vector.broadcast %v36 : f32 to vector<16xf32>
      scf.for %i38 = %c7 to %c0 step %c9 : i64 {
        %v40 = llvm.getelementptr %stack1[%i38] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v41 = llvm.load %v40 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
        %v42 = arith.mulf %v41, %v37 : vector<16xf32>
        %v43 = llvm.getelementptr %q_norm[%i38] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v44 = llvm.load %v43 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
        %v45 = arith.mulf %v42, %v44 : vector<16xf32>
        %v46 = llvm.getelementptr %stack1[%i38] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        llvm.store %v45, %v46 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
      }
      %v47 = arith.muli %i22, %c0 : i64
      %v48 = llvm.getelementptr %v21[%v47] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v49 = llvm.load %v9 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
      %v50 = llvm.getelementptr %v9[64] : (!llvm.ptr) -> !llvm.ptr, i8
      %v51 = llvm.load %v50 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
      %v52 = llvm.load %stack1 {alignment = 1 : i64} : !llvm.ptr -> vector<32xf32>
      %v53 = vector.shuffle %v52, %v52 [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30] : vector<32xf32>, vector<32xf32>
      %v54 = vector.shuffle %v52, %v52 [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31] : vector<32xf32>, vector<32xf32>
      %v55 = arith.negf %v54 : vector<16xf32>
      %v56 = arith.mulf %v53, %v49 : vector<16xf32>
      %v57 = vector.fma %v55, %v51, %v56 : vector<16xf32>
      %v58 = arith.mulf %v53, %v51 : vector<16xf32>
      %v59 = vector.fma %v54, %v49, %v58 : vector<16xf32>
      %v60 = vector.shuffle %v57, %v59 [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31] : vector<16xf32>, vector<16xf32>
      llvm.store %v60, %v48 {alignment = 1 : i64} : vector<32xf32>, !llvm.ptr
    }
    scf.for %i61 = %c7 to %c13 step %c1 : i64 {
      %v63 = arith.muli %i61, %c0 : i64
      %v64 = llvm.getelementptr %v19[%v63] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v65 = llvm.getelementptr %v64[512] : (!llvm.ptr) -> !llvm.ptr, i8
      "llvm.intr.memcpy"(%stack1, %v65, %c0) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
      %r68:1 = scf.for %i66 = %c7 to %c0 step %c9 iter_args(%a67 = %c8) -> (vector<16xf32>) : i64 {
        %v69 = llvm.getelementptr %stack1[%i66] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v70 = llvm.load %v69 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
        %v71 = vector.fma %v70, %v70, %a67 : vector<16xf32>
        scf.yield %v71 : vector<16xf32>
      }
      %v72 = vector.reduction <add>, %r68#0 fastmath<reassoc> : vector<16xf32> into f32
      %v73 = arith.mulf %v72, %c10 : f32
      %v74 = arith.addf %v73, %c11 : f32
      %v75 = math.sqrt %v74 : f32
      %v76 = arith.divf %c12, %v75 : f32
      %v77 = vector.broadcast %v76 : f32 to vector<16xf32>
      scf.for %i78 = %c7 to %c0 step %c9 : i64 {
        %v80 = llvm.getelementptr %stack1[%i78] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v81 = llvm.load %v80 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
        %v82 = arith.mulf %v81, %v77 : vector<16xf32>
        %v83 = llvm.getelementptr %k_norm[%i78] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v84 = llvm.load %v83 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
        %v85 = arith.mulf %v82, %v84 : vector<16xf32>
        %v86 = llvm.getelementptr %stack1[%i78] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        llvm.store %v85, %v86 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
      }
      %v87 = llvm.load %v9 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
      %v88 = llvm.getelementptr %v9[64] : (!llvm.ptr) -> !llvm.ptr, i8
      %v89 = llvm.load %v88 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
      %v90 = llvm.load %stack1 {alignment = 1 : i64} : !llvm.ptr -> vector<32xf32>
      %v91 = vector.shuffle %v90, %v90 [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30] : vector<32xf32>, vector<32xf32>
      %v92 = vector.shuffle %v90, %v90 [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31] : vector<32xf32>, vector<32xf32>
      %v93 = arith.negf %v92 : vector<16xf32>
      %v94 = arith.mulf %v91, %v87 : vector<16xf32>
      %v95 = vector.fma %v93, %v89, %v94 : vector<16xf32>
      %v96 = arith.mulf %v91, %v89 : vector<16xf32>
      %v97 = vector.fma %v92, %v87, %v96 : vector<16xf32>
      %v98 = vector.shuffle %v95, %v97 [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31] : vector<16xf32>, vector<16xf32>
      llvm.store %v98, %stack1 {alignment = 1 : i64} : vector<32xf32>, !llvm.ptr
      %v99 = arith.muli %i61, %c5 : i64
      %v100 = arith.divui %v17, %c3 : i64
      %v101 = arith.muli %v100, %c5 : i64
      %v102 = arith.addi %v99, %v101 : i64
      %v103 = arith.remui %v17, %c3 : i64
      %v104 = arith.muli %v103, %c13 : i64
      %v105 = arith.addi %v102, %v104 : i64
      %v106 = llvm.getelementptr %v16[%v105] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v107 = llvm.load %stack1 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v108 = arith.truncf %v107 : f32 to f16
      llvm.store %v108, %v106 {alignment = 1 : i64} : f16, !llvm.ptr
      %v109 = llvm.getelementptr %stack1[4] : (!llvm.ptr) -> !llvm.ptr, i8
      %v110 = llvm.load %v109 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v111 = arith.truncf %v110 : f32 to f16
      %v112 = llvm.getelementptr %v106[32] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v111, %v112 {alignment = 1 : i64} : f16, !llvm.ptr
      %v113 = llvm.getelementptr %stack1[8] : (!llvm.ptr) -> !llvm.ptr, i8
      %v114 = llvm.load %v113 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v115 = arith.truncf %v114 : f32 to f16
      %v116 = llvm.getelementptr %v106[64] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v115, %v116 {alignment = 1 : i64} : f16, !llvm.ptr
      %v117 = llvm.getelementptr %stack1[12] : (!llvm.ptr) -> !llvm.ptr, i8
      %v118 = llvm.load %v117 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v119 = arith.truncf %v118 : f32 to f16
      %v120 = llvm.getelementptr %v106[96] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v119, %v120 {alignment = 1 : i64} : f16, !llvm.ptr
      %v121 = llvm.getelementptr %stack1[16] : (!llvm.ptr) -> !llvm.ptr, i8
      %v122 = llvm.load %v121 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v123 = arith.truncf %v122 : f32 to f16
      %v124 = llvm.getelementptr %v106[128] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v123, %v124 {alignment = 1 : i64} : f16, !llvm.ptr
      %v125 = llvm.getelementptr %stack1[20] : (!llvm.ptr) -> !llvm.ptr, i8
      %v126 = llvm.load %v125 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v127 = arith.truncf %v126 : f32 to f16
      %v128 = llvm.getelementptr %v106[160] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v127, %v128 {alignment = 1 : i64} : f16, !llvm.ptr
      %v129 = llvm.getelementptr %stack1[24] : (!llvm.ptr) -> !llvm.ptr, i8
      %v130 = llvm.load %v129 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v131 = arith.truncf %v130 : f32 to f16
      %v132 = llvm.getelementptr %v106[192] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v131, %v132 {alignment = 1 : i64} : f16, !llvm.ptr
      %v133 = llvm.getelementptr %stack1[28] : (!llvm.ptr) -> !llvm.ptr, i8
      %v134 = llvm.load %v133 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v135 = arith.truncf %v134 : f32 to f16
      %v136 = llvm.getelementptr %v106[224] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v135, %v136 {alignment = 1 : i64} : f16, !llvm.ptr
      %v137 = llvm.getelementptr %stack1[32] : (!llvm.ptr) -> !llvm.ptr, i8
      %v138 = llvm.load %v137 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v139 = arith.truncf %v138 : f32 to f16
      %v140 = llvm.getelementptr %v106[256] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v139, %v140 {alignment = 1 : i64} : f16, !llvm.ptr
      %v141 = llvm.getelementptr %stack1[36] : (!llvm.ptr) -> !llvm.ptr, i8
      %v142 = llvm.load %v141 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v143 = arith.truncf %v142 : f32 to f16
      %v144 = llvm.getelementptr %v106[288] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v143, %v144 {alignment = 1 : i64} : f16, !llvm.ptr
      %v145 = llvm.getelementptr %stack1[40] : (!llvm.ptr) -> !llvm.ptr, i8
      %v146 = llvm.load %v145 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v147 = arith.truncf %v146 : f32 to f16
      %v148 = llvm.getelementptr %v106[320] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v147, %v148 {alignment = 1 : i64} : f16, !llvm.ptr
      %v149 = llvm.getelementptr %stack1[44] : (!llvm.ptr) -> !llvm.ptr, i8
      %v150 = llvm.load %v149 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v151 = arith.truncf %v150 : f32 to f16
      %v152 = llvm.getelementptr %v106[352] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v151, %v152 {alignment = 1 : i64} : f16, !llvm.ptr
      %v153 = llvm.getelementptr %stack1[48] : (!llvm.ptr) -> !llvm.ptr, i8
      %v154 = llvm.load %v153 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v155 = arith.truncf %v154 : f32 to f16
      %v156 = llvm.getelementptr %v106[384] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v155, %v156 {alignment = 1 : i64} : f16, !llvm.ptr
      %v157 = llvm.getelementptr %stack1[52] : (!llvm.ptr) -> !llvm.ptr, i8
      %v158 = llvm.load %v157 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v159 = arith.truncf %v158 : f32 to f16
      %v160 = llvm.getelementptr %v106[416] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v159, %v160 {alignment = 1 : i64} : f16, !llvm.ptr
      %v161 = llvm.getelementptr %stack1[56] : (!llvm.ptr) -> !llvm.ptr, i8
      %v162 = llvm.load %v161 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v163 = arith.truncf %v162 : f32 to f16
      %v164 = llvm.getelementptr %v106[448] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v163, %v164 {alignment = 1 : i64} : f16, !llvm.ptr
      %v165 = llvm.getelementptr %stack1[60] : (!llvm.ptr) -> !llvm.ptr, i8
      %v166 = llvm.load %v165 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v167 = arith.truncf %v166 : f32 to f16
      %v168 = llvm.getelementptr %v106[480] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v167, %v168 {alignment = 1 : i64} : f16, !llvm.ptr
      %v169 = llvm.getelementptr %stack1[64] : (!llvm.ptr) -> !llvm.ptr, i8
      %v170 = llvm.load %v169 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v171 = arith.truncf %v170 : f32 to f16
      %v172 = llvm.getelementptr %v106[512] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v171, %v172 {alignment = 1 : i64} : f16, !llvm.ptr
      %v173 = llvm.getelementptr %stack1[68] : (!llvm.ptr) -> !llvm.ptr, i8
      %v174 = llvm.load %v173 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v175 = arith.truncf %v174 : f32 to f16
      %v176 = llvm.getelementptr %v106[544] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v175, %v176 {alignment = 1 : i64} : f16, !llvm.ptr
      %v177 = llvm.getelementptr %stack1[72] : (!llvm.ptr) -> !llvm.ptr, i8
      %v178 = llvm.load %v177 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v179 = arith.truncf %v178 : f32 to f16
      %v180 = llvm.getelementptr %v106[576] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v179, %v180 {alignment = 1 : i64} : f16, !llvm.ptr
      %v181 = llvm.getelementptr %stack1[76] : (!llvm.ptr) -> !llvm.ptr, i8
      %v182 = llvm.load %v181 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v183 = arith.truncf %v182 : f32 to f16
      %v184 = llvm.getelementptr %v106[608] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v183, %v184 {alignment = 1 : i64} : f16, !llvm.ptr
      %v185 = llvm.getelementptr %stack1[80] : (!llvm.ptr) -> !llvm.ptr, i8
      %v186 = llvm.load %v185 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v187 = arith.truncf %v186 : f32 to f16
      %v188 = llvm.getelementptr %v106[640] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v187, %v188 {alignment = 1 : i64} : f16, !llvm.ptr
      %v189 = llvm.getelementptr %stack1[84] : (!llvm.ptr) -> !llvm.ptr, i8
      %v190 = llvm.load %v189 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v191 = arith.truncf %v190 : f32 to f16
      %v192 = llvm.getelementptr %v106[672] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v191, %v192 {alignment = 1 : i64} : f16, !llvm.ptr
      %v193 = llvm.getelementptr %stack1[88] : (!llvm.ptr) -> !llvm.ptr, i8
      %v194 = llvm.load %v193 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v195 = arith.truncf %v194 : f32 to f16
      %v196 = llvm.getelementptr %v106[704] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v195, %v196 {alignment = 1 : i64} : f16, !llvm.ptr
      %v197 = llvm.getelementptr %stack1[92] : (!llvm.ptr) -> !llvm.ptr, i8
      %v198 = llvm.load %v197 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v199 = arith.truncf %v198 : f32 to f16
      %v200 = llvm.getelementptr %v106[736] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v199, %v200 {alignment = 1 : i64} : f16, !llvm.ptr
      %v201 = llvm.getelementptr %stack1[96] : (!llvm.ptr) -> !llvm.ptr, i8
      %v202 = llvm.load %v201 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v203 = arith.truncf %v202 : f32 to f16
      %v204 = llvm.getelementptr %v106[768] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v203, %v204 {alignment = 1 : i64} : f16, !llvm.ptr
      %v205 = llvm.getelementptr %stack1[100] : (!llvm.ptr) -> !llvm.ptr, i8
      %v206 = llvm.load %v205 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v207 = arith.truncf %v206 : f32 to f16
      %v208 = llvm.getelementptr %v106[800] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v207, %v208 {alignment = 1 : i64} : f16, !llvm.ptr
      %v209 = llvm.getelementptr %stack1[104] : (!llvm.ptr) -> !llvm.ptr, i8
      %v210 = llvm.load %v209 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v211 = arith.truncf %v210 : f32 to f16
      %v212 = llvm.getelementptr %v106[832] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v211, %v212 {alignment = 1 : i64} : f16, !llvm.ptr
      %v213 = llvm.getelementptr %stack1[108] : (!llvm.ptr) -> !llvm.ptr, i8
      %v214 = llvm.load %v213 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v215 = arith.truncf %v214 : f32 to f16
      %v216 = llvm.getelementptr %v106[864] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v215, %v216 {alignment = 1 : i64} : f16, !llvm.ptr
      %v217 = llvm.getelementptr %stack1[112] : (!llvm.ptr) -> !llvm.ptr, i8
      %v218 = llvm.load %v217 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v219 = arith.truncf %v218 : f32 to f16
      %v220 = llvm.getelementptr %v106[896] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v219, %v220 {alignment = 1 : i64} : f16, !llvm.ptr
      %v221 = llvm.getelementptr %stack1[116] : (!llvm.ptr) -> !llvm.ptr, i8
      %v222 = llvm.load %v221 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v223 = arith.truncf %v222 : f32 to f16
      %v224 = llvm.getelementptr %v106[928] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v223, %v224 {alignment = 1 : i64} : f16, !llvm.ptr
      %v225 = llvm.getelementptr %stack1[120] : (!llvm.ptr) -> !llvm.ptr, i8
      %v226 = llvm.load %v225 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v227 = arith.truncf %v226 : f32 to f16
      %v228 = llvm.getelementptr %v106[960] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v227, %v228 {alignment = 1 : i64} : f16, !llvm.ptr
      %v229 = llvm.getelementptr %stack1[124] : (!llvm.ptr) -> !llvm.ptr, i8
      %v230 = llvm.load %v229 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v231 = arith.truncf %v230 : f32 to f16
      %v232 = llvm.getelementptr %v106[992] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v231, %v232 {alignment = 1 : i64} : f16, !llvm.ptr
      %v233 = llvm.getelementptr %v65[256] : (!llvm.ptr) -> !llvm.ptr, i8
      %v234 = arith.muli %i61, %c3 : i64
      %v235 = arith.addi %v234, %v17 : i64
      %v236 = arith.muli %v235, %c9 : i64
      %v237 = llvm.getelementptr %v16[%v236] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v238 = llvm.getelementptr %v237[2048] : (!llvm.ptr) -> !llvm.ptr, i8
      %v239 = llvm.load %v233 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
      %v240 = arith.truncf %v239 : vector<16xf32> to vector<16xf16>
      llvm.store %v240, %v238 {alignment = 1 : i64} : vector<16xf16>, !llvm.ptr
      %v241 = llvm.getelementptr %v233[64] : (!llvm.ptr) -> !llvm.ptr, i8
      %v242 = llvm.load %v241 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
      %v243 = arith.truncf %v242 : vector<16xf32> to vector<16xf16>
      %v244 = llvm.getelementptr %v238[32] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v243, %v244 {alignment = 1 : i64} : vector<16xf16>, !llvm.ptr
    }
  }
  return
}
