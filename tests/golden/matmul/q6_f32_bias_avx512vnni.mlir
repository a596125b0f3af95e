func.func private @matmul_k512_n96_q6_f32_f32_bias_avx512vnni_tile1(%x: !llvm.ptr, %last: i64, %w: !llvm.ptr, %out: !llvm.ptr, %centres: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant dense<0.000000000e+00> : vector<16xf32>
  %c1 = arith.constant 0 : i64
  %c2 = arith.constant 16 : i64
  %c3 = arith.constant 1 : i64
  %c4 = arith.constant 128 : i64
  %c5 = arith.constant 3 : i64
  %c6 = arith.constant 7 : i64
  %c7 = arith.constant 3360 : i64
  %c8 = arith.constant 416 : i64
  %c9 = arith.constant dense<252645135> : vector<16xi32>
  %c10 = arith.constant dense<4> : vector<16xi32>
  %c11 = arith.constant dense<808464432> : vector<16xi32>
  %c12 = arith.constant dense<255> : vector<16xi32>
  %c13 = arith.constant dense<-3.200000000e+01> : vector<16xf32>
  %c14 = arith.constant dense<8> : vector<16xi32>
  %c15 = arith.constant dense<16> : vector<16xi32>
  %c16 = arith.constant dense<24> : vector<16xi32>
  %c17 = arith.constant dense<2> : vector<16xi32>
  %r6:4 = scf.for %i1 = %c1 to %c2 step %c3 iter_args(%a2 = %c0, %a3 = %c0, %a4 = %c0, %a5 = %c0) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) : i64 {
    %v7 = arith.muli %i1, %c4 : i64
    %v8 = llvm.getelementptr %x[%v7] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v9 = arith.shrui %i1, %c5 : i64
    %v10 = arith.andi %i1, %c6 : i64
    %v11 = arith.muli %v9, %c7 : i64
    %v12 = llvm.getelementptr %w[%v11] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v13 = arith.muli %v10, %c8 : i64
    %v14 = llvm.getelementptr %v12[%v13] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v15 = llvm.getelementptr %v14[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v16 = llvm.load %v12 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v17 = arith.extf %v16 : vector<16xf16> to vector<16xf32>
    %v18 = llvm.load %v15 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi8>
    %v19 = arith.extsi %v18 : vector<16xi8> to vector<16xi32>
    %v20 = arith.sitofp %v19 : vector<16xi32> to vector<16xf32>
    %v21 = llvm.getelementptr %v15[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v22 = llvm.load %v21 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi8>
    %v23 = arith.extsi %v22 : vector<16xi8> to vector<16xi32>
    %v24 = arith.sitofp %v23 : vector<16xi32> to vector<16xf32>
    %v25 = arith.mulf %v17, %v20 : vector<16xf32>
    %v26 = arith.mulf %v17, %v24 : vector<16xf32>
    %v27 = llvm.getelementptr %v15[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v28 = llvm.load %v27 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v29 = arith.andi %v28, %c9 : vector<16xi32>
    %v30 = llvm.getelementptr %v15[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v31 = llvm.load %v30 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v32 = arith.shli %v31, %c10 : vector<16xi32>
    %v33 = arith.andi %v32, %c11 : vector<16xi32>
    %v34 = arith.ori %v29, %v33 : vector<16xi32>
    %v35 = arith.andi %v34, %c12 : vector<16xi32>
    %v36 = arith.sitofp %v35 : vector<16xi32> to vector<16xf32>
    %v37 = arith.addf %v36, %c13 : vector<16xf32>
    %v38 = arith.mulf %v37, %v25 : vector<16xf32>
    %v39 = arith.shrui %v34, %c14 : vector<16xi32>
    %v40 = arith.andi %v39, %c12 : vector<16xi32>
    %v41 = arith.sitofp %v40 : vector<16xi32> to vector<16xf32>
    %v42 = arith.addf %v41, %c13 : vector<16xf32>
    %v43 = arith.mulf %v42, %v25 : vector<16xf32>
    %v44 = arith.shrui %v34, %c15 : vector<16xi32>
    %v45 = arith.andi %v44, %c12 : vector<16xi32>
    %v46 = arith.sitofp %v45 : vector<16xi32> to vector<16xf32>
    %v47 = arith.addf %v46, %c13 : vector<16xf32>
    %v48 = arith.mulf %v47, %v25 : vector<16xf32>
    %v49 = arith.shrui %v34, %c16 : vector<16xi32>
    %v50 = arith.andi %v49, %c12 : vector<16xi32>
    %v51 = arith.sitofp %v50 : vector<16xi32> to vector<16xf32>
    %v52 = arith.addf %v51, %c13 : vector<16xf32>
    %v53 = arith.mulf %v52, %v25 : vector<16xf32>
    %v54 = llvm.load %v8 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v55 = vector.broadcast %v54 : f32 to vector<16xf32>
    %v56 = vector.fma %v38, %v55, %a2 : vector<16xf32>
    %v57 = llvm.getelementptr %v8[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v58 = llvm.load %v57 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v59 = vector.broadcast %v58 : f32 to vector<16xf32>
    %v60 = vector.fma %v43, %v59, %a3 : vector<16xf32>
    %v61 = llvm.getelementptr %v8[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v62 = llvm.load %v61 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v63 = vector.broadcast %v62 : f32 to vector<16xf32>
    %v64 = vector.fma %v48, %v63, %a4 : vector<16xf32>
    %v65 = llvm.getelementptr %v8[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v66 = llvm.load %v65 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v67 = vector.broadcast %v66 : f32 to vector<16xf32>
    %v68 = vector.fma %v53, %v67, %a5 : vector<16xf32>
    %v69 = llvm.getelementptr %v15[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v70 = llvm.load %v69 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v71 = arith.andi %v70, %c9 : vector<16xi32>
    %v72 = llvm.getelementptr %v15[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v73 = llvm.load %v72 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v74 = arith.shli %v73, %c17 : vector<16xi32>
    %v75 = arith.andi %v74, %c11 : vector<16xi32>
    %v76 = arith.ori %v71, %v75 : vector<16xi32>
    %v77 = arith.andi %v76, %c12 : vector<16xi32>
    %v78 = arith.sitofp %v77 : vector<16xi32> to vector<16xf32>
    %v79 = arith.addf %v78, %c13 : vector<16xf32>
    %v80 = arith.mulf %v79, %v25 : vector<16xf32>
    %v81 = arith.shrui %v76, %c14 : vector<16xi32>
    %v82 = arith.andi %v81, %c12 : vector<16xi32>
    %v83 = arith.sitofp %v82 : vector<16xi32> to vector<16xf32>
    %v84 = arith.addf %v83, %c13 : vector<16xf32>
    %v85 = arith.mulf %v84, %v25 : vector<16xf32>
    %v86 = arith.shrui %v76, %c15 : vector<16xi32>
    %v87 = arith.andi %v86, %c12 : vector<16xi32>
    %v88 = arith.sitofp %v87 : vector<16xi32> to vector<16xf32>
    %v89 = arith.addf %v88, %c13 : vector<16xf32>
    %v90 = arith.mulf %v89, %v25 : vector<16xf32>
    %v91 = arith.shrui %v76, %c16 : vector<16xi32>
    %v92 = arith.andi %v91, %c12 : vector<16xi32>
    %v93 = arith.sitofp %v92 : vector<16xi32> to vector<16xf32>
    %v94 = arith.addf %v93, %c13 : vector<16xf32>
    %v95 = arith.mulf %v94, %v25 : vector<16xf32>
    %v96 = llvm.getelementptr %v8[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v97 = llvm.load %v96 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v98 = vector.broadcast %v97 : f32 to vector<16xf32>
    %v99 = vector.fma %v80, %v98, %v56 : vector<16xf32>
    %v100 = llvm.getelementptr %v8[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v101 = llvm.load %v100 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v102 = vector.broadcast %v101 : f32 to vector<16xf32>
    %v103 = vector.fma %v85, %v102, %v60 : vector<16xf32>
    %v104 = llvm.getelementptr %v8[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v105 = llvm.load %v104 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v106 = vector.broadcast %v105 : f32 to vector<16xf32>
    %v107 = vector.fma %v90, %v106, %v64 : vector<16xf32>
    %v108 = llvm.getelementptr %v8[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v109 = llvm.load %v108 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v110 = vector.broadcast %v109 : f32 to vector<16xf32>
    %v111 = vector.fma %v95, %v110, %v68 : vector<16xf32>
    %v112 = llvm.getelementptr %v15[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v113 = llvm.load %v112 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v114 = arith.andi %v113, %c9 : vector<16xi32>
    %v115 = llvm.getelementptr %v15[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v116 = llvm.load %v115 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v117 = arith.andi %v116, %c11 : vector<16xi32>
    %v118 = arith.ori %v114, %v117 : vector<16xi32>
    %v119 = arith.andi %v118, %c12 : vector<16xi32>
    %v120 = arith.sitofp %v119 : vector<16xi32> to vector<16xf32>
    %v121 = arith.addf %v120, %c13 : vector<16xf32>
    %v122 = arith.mulf %v121, %v25 : vector<16xf32>
    %v123 = arith.shrui %v118, %c14 : vector<16xi32>
    %v124 = arith.andi %v123, %c12 : vector<16xi32>
    %v125 = arith.sitofp %v124 : vector<16xi32> to vector<16xf32>
    %v126 = arith.addf %v125, %c13 : vector<16xf32>
    %v127 = arith.mulf %v126, %v25 : vector<16xf32>
    %v128 = arith.shrui %v118, %c15 : vector<16xi32>
    %v129 = arith.andi %v128, %c12 : vector<16xi32>
    %v130 = arith.sitofp %v129 : vector<16xi32> to vector<16xf32>
    %v131 = arith.addf %v130, %c13 : vector<16xf32>
    %v132 = arith.mulf %v131, %v25 : vector<16xf32>
    %v133 = arith.shrui %v118, %c16 : vector<16xi32>
    %v134 = arith.andi %v133, %c12 : vector<16xi32>
    %v135 = arith.sitofp %v134 : vector<16xi32> to vector<16xf32>
    %v136 = arith.addf %v135, %c13 : vector<16xf32>
    %v137 = arith.mulf %v136, %v25 : vector<16xf32>
    %v138 = llvm.getelementptr %v8[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v139 = llvm.load %v138 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v140 = vector.broadcast %v139 : f32 to vector<16xf32>
    %v141 = vector.fma %v122, %v140, %v99 : vector<16xf32>
    %v142 = llvm.getelementptr %v8[36] : (!llvm.ptr) -> !llvm.ptr, i8
    %v143 = llvm.load %v142 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v144 = vector.broadcast %v143 : f32 to vector<16xf32>
    %v145 = vector.fma %v127, %v144, %v103 : vector<16xf32>
    %v146 = llvm.getelementptr %v8[40] : (!llvm.ptr) -> !llvm.ptr, i8
    %v147 = llvm.load %v146 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v148 = vector.broadcast %v147 : f32 to vector<16xf32>
    %v149 = vector.fma %v132, %v148, %v107 : vector<16xf32>
    %v150 = llvm.getelementptr %v8[44] : (!llvm.ptr) -> !llvm.ptr, i8
    %v151 = llvm.load %v150 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v152 = vector.broadcast %v151 : f32 to vector<16xf32>
    %v153 = vector.fma %v137, %v152, %v111 : vector<16xf32>
    %v154 = llvm.getelementptr %v15[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v155 = llvm.load %v154 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v156 = arith.andi %v155, %c9 : vector<16xi32>
    %v157 = llvm.getelementptr %v15[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v158 = llvm.load %v157 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v159 = arith.shrui %v158, %c17 : vector<16xi32>
    %v160 = arith.andi %v159, %c11 : vector<16xi32>
    %v161 = arith.ori %v156, %v160 : vector<16xi32>
    %v162 = arith.andi %v161, %c12 : vector<16xi32>
    %v163 = arith.sitofp %v162 : vector<16xi32> to vector<16xf32>
    %v164 = arith.addf %v163, %c13 : vector<16xf32>
    %v165 = arith.mulf %v164, %v25 : vector<16xf32>
    %v166 = arith.shrui %v161, %c14 : vector<16xi32>
    %v167 = arith.andi %v166, %c12 : vector<16xi32>
    %v168 = arith.sitofp %v167 : vector<16xi32> to vector<16xf32>
    %v169 = arith.addf %v168, %c13 : vector<16xf32>
    %v170 = arith.mulf %v169, %v25 : vector<16xf32>
    %v171 = arith.shrui %v161, %c15 : vector<16xi32>
    %v172 = arith.andi %v171, %c12 : vector<16xi32>
    %v173 = arith.sitofp %v172 : vector<16xi32> to vector<16xf32>
    %v174 = arith.addf %v173, %c13 : vector<16xf32>
    %v175 = arith.mulf %v174, %v25 : vector<16xf32>
    %v176 = arith.shrui %v161, %c16 : vector<16xi32>
    %v177 = arith.andi %v176, %c12 : vector<16xi32>
    %v178 = arith.sitofp %v177 : vector<16xi32> to vector<16xf32>
    %v179 = arith.addf %v178, %c13 : vector<16xf32>
    %v180 = arith.mulf %v179, %v25 : vector<16xf32>
    %v181 = llvm.getelementptr %v8[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v182 = llvm.load %v181 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v183 = vector.broadcast %v182 : f32 to vector<16xf32>
    %v184 = vector.fma %v165, %v183, %v141 : vector<16xf32>
    %v185 = llvm.getelementptr %v8[52] : (!llvm.ptr) -> !llvm.ptr, i8
    %v186 = llvm.load %v185 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v187 = vector.broadcast %v186 : f32 to vector<16xf32>
    %v188 = vector.fma %v170, %v187, %v145 : vector<16xf32>
    %v189 = llvm.getelementptr %v8[56] : (!llvm.ptr) -> !llvm.ptr, i8
    %v190 = llvm.load %v189 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v191 = vector.broadcast %v190 : f32 to vector<16xf32>
    %v192 = vector.fma %v175, %v191, %v149 : vector<16xf32>
    %v193 = llvm.getelementptr %v8[60] : (!llvm.ptr) -> !llvm.ptr, i8
    %v194 = llvm.load %v193 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v195 = vector.broadcast %v194 : f32 to vector<16xf32>
    %v196 = vector.fma %v180, %v195, %v153 : vector<16xf32>
    %v197 = llvm.getelementptr %v15[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v198 = llvm.load %v197 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v199 = arith.shrui %v198, %c10 : vector<16xi32>
    %v200 = arith.andi %v199, %c9 : vector<16xi32>
    %v201 = llvm.getelementptr %v15[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v202 = llvm.load %v201 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v203 = arith.shli %v202, %c10 : vector<16xi32>
    %v204 = arith.andi %v203, %c11 : vector<16xi32>
    %v205 = arith.ori %v200, %v204 : vector<16xi32>
    %v206 = arith.andi %v205, %c12 : vector<16xi32>
    %v207 = arith.sitofp %v206 : vector<16xi32> to vector<16xf32>
    %v208 = arith.addf %v207, %c13 : vector<16xf32>
    %v209 = arith.mulf %v208, %v26 : vector<16xf32>
    %v210 = arith.shrui %v205, %c14 : vector<16xi32>
    %v211 = arith.andi %v210, %c12 : vector<16xi32>
    %v212 = arith.sitofp %v211 : vector<16xi32> to vector<16xf32>
    %v213 = arith.addf %v212, %c13 : vector<16xf32>
    %v214 = arith.mulf %v213, %v26 : vector<16xf32>
    %v215 = arith.shrui %v205, %c15 : vector<16xi32>
    %v216 = arith.andi %v215, %c12 : vector<16xi32>
    %v217 = arith.sitofp %v216 : vector<16xi32> to vector<16xf32>
    %v218 = arith.addf %v217, %c13 : vector<16xf32>
    %v219 = arith.mulf %v218, %v26 : vector<16xf32>
    %v220 = arith.shrui %v205, %c16 : vector<16xi32>
    %v221 = arith.andi %v220, %c12 : vector<16xi32>
    %v222 = arith.sitofp %v221 : vector<16xi32> to vector<16xf32>
    %v223 = arith.addf %v222, %c13 : vector<16xf32>
    %v224 = arith.mulf %v223, %v26 : vector<16xf32>
    %v225 = llvm.getelementptr %v8[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v226 = llvm.load %v225 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v227 = vector.broadcast %v226 : f32 to vector<16xf32>
    %v228 = vector.fma %v209, %v227, %v184 : vector<16xf32>
    %v229 = llvm.getelementptr %v8[68] : (!llvm.ptr) -> !llvm.ptr, i8
    %v230 = llvm.load %v229 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v231 = vector.broadcast %v230 : f32 to vector<16xf32>
    %v232 = vector.fma %v214, %v231, %v188 : vector<16xf32>
    %v233 = llvm.getelementptr %v8[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v234 = llvm.load %v233 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v235 = vector.broadcast %v234 : f32 to vector<16xf32>
    %v236 = vector.fma %v219, %v235, %v192 : vector<16xf32>
    %v237 = llvm.getelementptr %v8[76] : (!llvm.ptr) -> !llvm.ptr, i8
    %v238 = llvm.load %v237 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v239 = vector.broadcast %v238 : f32 to vector<16xf32>
    %v240 = vector.fma %v224, %v239, %v196 : vector<16xf32>
    %v241 = llvm.getelementptr %v15[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v242 = llvm.load %v241 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v243 = arith.shrui %v242, %c10 : vector<16xi32>
    %v244 = arith.andi %v243, %c9 : vector<16xi32>
    %v245 = llvm.getelementptr %v15[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v246 = llvm.load %v245 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v247 = arith.shli %v246, %c17 : vector<16xi32>
    %v248 = arith.andi %v247, %c11 : vector<16xi32>
    %v249 = arith.ori %v244, %v248 : vector<16xi32>
    %v250 = arith.andi %v249, %c12 : vector<16xi32>
    %v251 = arith.sitofp %v250 : vector<16xi32> to vector<16xf32>
    %v252 = arith.addf %v251, %c13 : vector<16xf32>
    %v253 = arith.mulf %v252, %v26 : vector<16xf32>
    %v254 = arith.shrui %v249, %c14 : vector<16xi32>
    %v255 = arith.andi %v254, %c12 : vector<16xi32>
    %v256 = arith.sitofp %v255 : vector<16xi32> to vector<16xf32>
    %v257 = arith.addf %v256, %c13 : vector<16xf32>
    %v258 = arith.mulf %v257, %v26 : vector<16xf32>
    %v259 = arith.shrui %v249, %c15 : vector<16xi32>
    %v260 = arith.andi %v259, %c12 : vector<16xi32>
    %v261 = arith.sitofp %v260 : vector<16xi32> to vector<16xf32>
    %v262 = arith.addf %v261, %c13 : vector<16xf32>
    %v263 = arith.mulf %v262, %v26 : vector<16xf32>
    %v264 = arith.shrui %v249, %c16 : vector<16xi32>
    %v265 = arith.andi %v264, %c12 : vector<16xi32>
    %v266 = arith.sitofp %v265 : vector<16xi32> to vector<16xf32>
    %v267 = arith.addf %v266, %c13 : vector<16xf32>
    %v268 = arith.mulf %v267, %v26 : vector<16xf32>
    %v269 = llvm.getelementptr %v8[80] : (!llvm.ptr) -> !llvm.ptr, i8
    %v270 = llvm.load %v269 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v271 = vector.broadcast %v270 : f32 to vector<16xf32>
    %v272 = vector.fma %v253, %v271, %v228 : vector<16xf32>
    %v273 = llvm.getelementptr %v8[84] : (!llvm.ptr) -> !llvm.ptr, i8
    %v274 = llvm.load %v273 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v275 = vector.broadcast %v274 : f32 to vector<16xf32>
    %v276 = vector.fma %v258, %v275, %v232 : vector<16xf32>
    %v277 = llvm.getelementptr %v8[88] : (!llvm.ptr) -> !llvm.ptr, i8
    %v278 = llvm.load %v277 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v279 = vector.broadcast %v278 : f32 to vector<16xf32>
    %v280 = vector.fma %v263, %v279, %v236 : vector<16xf32>
    %v281 = llvm.getelementptr %v8[92] : (!llvm.ptr) -> !llvm.ptr, i8
    %v282 = llvm.load %v281 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v283 = vector.broadcast %v282 : f32 to vector<16xf32>
    %v284 = vector.fma %v268, %v283, %v240 : vector<16xf32>
    %v285 = llvm.getelementptr %v15[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v286 = llvm.load %v285 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v287 = arith.shrui %v286, %c10 : vector<16xi32>
    %v288 = arith.andi %v287, %c9 : vector<16xi32>
    %v289 = llvm.getelementptr %v15[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v290 = llvm.load %v289 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v291 = arith.andi %v290, %c11 : vector<16xi32>
    %v292 = arith.ori %v288, %v291 : vector<16xi32>
    %v293 = arith.andi %v292, %c12 : vector<16xi32>
    %v294 = arith.sitofp %v293 : vector<16xi32> to vector<16xf32>
    %v295 = arith.addf %v294, %c13 : vector<16xf32>
    %v296 = arith.mulf %v295, %v26 : vector<16xf32>
    %v297 = arith.shrui %v292, %c14 : vector<16xi32>
    %v298 = arith.andi %v297, %c12 : vector<16xi32>
    %v299 = arith.sitofp %v298 : vector<16xi32> to vector<16xf32>
    %v300 = arith.addf %v299, %c13 : vector<16xf32>
    %v301 = arith.mulf %v300, %v26 : vector<16xf32>
    %v302 = arith.shrui %v292, %c15 : vector<16xi32>
    %v303 = arith.andi %v302, %c12 : vector<16xi32>
    %v304 = arith.sitofp %v303 : vector<16xi32> to vector<16xf32>
    %v305 = arith.addf %v304, %c13 : vector<16xf32>
    %v306 = arith.mulf %v305, %v26 : vector<16xf32>
    %v307 = arith.shrui %v292, %c16 : vector<16xi32>
    %v308 = arith.andi %v307, %c12 : vector<16xi32>
    %v309 = arith.sitofp %v308 : vector<16xi32> to vector<16xf32>
    %v310 = arith.addf %v309, %c13 : vector<16xf32>
    %v311 = arith.mulf %v310, %v26 : vector<16xf32>
    %v312 = llvm.getelementptr %v8[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v313 = llvm.load %v312 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v314 = vector.broadcast %v313 : f32 to vector<16xf32>
    %v315 = vector.fma %v296, %v314, %v272 : vector<16xf32>
    %v316 = llvm.getelementptr %v8[100] : (!llvm.ptr) -> !llvm.ptr, i8
    %v317 = llvm.load %v316 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v318 = vector.broadcast %v317 : f32 to vector<16xf32>
    %v319 = vector.fma %v301, %v318, %v276 : vector<16xf32>
    %v320 = llvm.getelementptr %v8[104] : (!llvm.ptr) -> !llvm.ptr, i8
    %v321 = llvm.load %v320 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v322 = vector.broadcast %v321 : f32 to vector<16xf32>
    %v323 = vector.fma %v306, %v322, %v280 : vector<16xf32>
    %v324 = llvm.getelementptr %v8[108] : (!llvm.ptr) -> !llvm.ptr, i8
    %v325 = llvm.load %v324 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v326 = vector.broadcast %v325 : f32 to vector<16xf32>
    %v327 = vector.fma %v311, %v326, %v284 : vector<16xf32>
    %v328 = llvm.getelementptr %v15[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v329 = llvm.load %v328 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v330 = arith.shrui %v329, %c10 : vector<16xi32>
    %v331 = arith.andi %v330, %c9 : vector<16xi32>
    %v332 = llvm.getelementptr %v15[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v333 = llvm.load %v332 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v334 = arith.shrui %v333, %c17 : vector<16xi32>
    %v335 = arith.andi %v334, %c11 : vector<16xi32>
    %v336 = arith.ori %v331, %v335 : vector<16xi32>
    %v337 = arith.andi %v336, %c12 : vector<16xi32>
    %v338 = arith.sitofp %v337 : vector<16xi32> to vector<16xf32>
    %v339 = arith.addf %v338, %c13 : vector<16xf32>
    %v340 = arith.mulf %v339, %v26 : vector<16xf32>
    %v341 = arith.shrui %v336, %c14 : vector<16xi32>
    %v342 = arith.andi %v341, %c12 : vector<16xi32>
    %v343 = arith.sitofp %v342 : vector<16xi32> to vector<16xf32>
    %v344 = arith.addf %v343, %c13 : vector<16xf32>
    %v345 = arith.mulf %v344, %v26 : vector<16xf32>
    %v346 = arith.shrui %v336, %c15 : vector<16xi32>
    %v347 = arith.andi %v346, %c12 : vector<16xi32>
    %v348 = arith.sitofp %v347 : vector<16xi32> to vector<16xf32>
    %v349 = arith.addf %v348, %c13 : vector<16xf32>
    %v350 = arith.mulf %v349, %v26 : vector<16xf32>
    %v351 = arith.shrui %v336, %c16 : vector<16xi32>
    %v352 = arith.andi %v351, %c12 : vector<16xi32>
    %v353 = arith.sitofp %v352 : vector<16xi32> to vector<16xf32>
    %v354 = arith.addf %v353, %c13 : vector<16xf32>
    %v355 = arith.mulf %v354, %v26 : vector<16xf32>
    %v356 = llvm.getelementptr %v8[112] : (!llvm.ptr) -> !llvm.ptr, i8
    %v357 = llvm.load %v356 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v358 = vector.broadcast %v357 : f32 to vector<16xf32>
    %v359 = vector.fma %v340, %v358, %v315 : vector<16xf32>
    %v360 = llvm.getelementptr %v8[116] : (!llvm.ptr) -> !llvm.ptr, i8
    %v361 = llvm.load %v360 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v362 = vector.broadcast %v361 : f32 to vector<16xf32>
    %v363 = vector.fma %v345, %v362, %v319 : vector<16xf32>
    %v364 = llvm.getelementptr %v8[120] : (!llvm.ptr) -> !llvm.ptr, i8
    %v365 = llvm.load %v364 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v366 = vector.broadcast %v365 : f32 to vector<16xf32>
    %v367 = vector.fma %v350, %v366, %v323 : vector<16xf32>
    %v368 = llvm.getelementptr %v8[124] : (!llvm.ptr) -> !llvm.ptr, i8
    %v369 = llvm.load %v368 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v370 = vector.broadcast %v369 : f32 to vector<16xf32>
    %v371 = vector.fma %v355, %v370, %v327 : vector<16xf32>
    scf.yield %v359, %v363, %v367, %v371 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  }
  %v372 = arith.addf %r6#0, %r6#1 : vector<16xf32>
  %v373 = arith.addf %v372, %r6#2 : vector<16xf32>
  %v374 = arith.addf %v373, %r6#3 : vector<16xf32>
  llvm.store %v374, %out {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  return
}
func.func private @matmul_k512_n96_q6_f32_f32_bias_avx512vnni_tile4(%x: !llvm.ptr, %last: i64, %w: !llvm.ptr, %out: !llvm.ptr, %centres: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 1 : i64
  %c1 = arith.constant 2048 : i64
  %c2 = arith.constant 2 : i64
  %c3 = arith.constant 3 : i64
  %c4 = arith.constant dense<0.000000000e+00> : vector<16xf32>
  %c5 = arith.constant 0 : i64
  %c6 = arith.constant 16 : i64
  %c7 = arith.constant 128 : i64
  %c8 = arith.constant 7 : i64
  %c9 = arith.constant 3360 : i64
  %c10 = arith.constant 416 : i64
  %c11 = arith.constant dense<252645135> : vector<16xi32>
  %c12 = arith.constant dense<4> : vector<16xi32>
  %c13 = arith.constant dense<808464432> : vector<16xi32>
  %c14 = arith.constant dense<255> : vector<16xi32>
  %c15 = arith.constant dense<-3.200000000e+01> : vector<16xf32>
  %c16 = arith.constant dense<8> : vector<16xi32>
  %c17 = arith.constant dense<16> : vector<16xi32>
  %c18 = arith.constant dense<24> : vector<16xi32>
  %c19 = arith.constant dense<2> : vector<16xi32>
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
    %v17 = llvm.getelementptr %x[%v16] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v18 = llvm.getelementptr %v3[%v16] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v19 = llvm.getelementptr %v6[%v16] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v20 = llvm.getelementptr %v9[%v16] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v21 = arith.shrui %i10, %c3 : i64
    %v22 = arith.andi %i10, %c8 : i64
    %v23 = arith.muli %v21, %c9 : i64
    %v24 = llvm.getelementptr %w[%v23] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v25 = arith.muli %v22, %c10 : i64
    %v26 = llvm.getelementptr %v24[%v25] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v27 = llvm.getelementptr %v26[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v28 = llvm.load %v24 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v29 = arith.extf %v28 : vector<16xf16> to vector<16xf32>
    %v30 = llvm.load %v27 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi8>
    %v31 = arith.extsi %v30 : vector<16xi8> to vector<16xi32>
    %v32 = arith.sitofp %v31 : vector<16xi32> to vector<16xf32>
    %v33 = llvm.getelementptr %v27[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v34 = llvm.load %v33 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi8>
    %v35 = arith.extsi %v34 : vector<16xi8> to vector<16xi32>
    %v36 = arith.sitofp %v35 : vector<16xi32> to vector<16xf32>
    %v37 = arith.mulf %v29, %v32 : vector<16xf32>
    %v38 = arith.mulf %v29, %v36 : vector<16xf32>
    %v39 = llvm.getelementptr %v27[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v40 = llvm.load %v39 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v41 = arith.andi %v40, %c11 : vector<16xi32>
    %v42 = llvm.getelementptr %v27[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v43 = llvm.load %v42 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v44 = arith.shli %v43, %c12 : vector<16xi32>
    %v45 = arith.andi %v44, %c13 : vector<16xi32>
    %v46 = arith.ori %v41, %v45 : vector<16xi32>
    %v47 = arith.andi %v46, %c14 : vector<16xi32>
    %v48 = arith.sitofp %v47 : vector<16xi32> to vector<16xf32>
    %v49 = arith.addf %v48, %c15 : vector<16xf32>
    %v50 = arith.mulf %v49, %v37 : vector<16xf32>
    %v51 = arith.shrui %v46, %c16 : vector<16xi32>
    %v52 = arith.andi %v51, %c14 : vector<16xi32>
    %v53 = arith.sitofp %v52 : vector<16xi32> to vector<16xf32>
    %v54 = arith.addf %v53, %c15 : vector<16xf32>
    %v55 = arith.mulf %v54, %v37 : vector<16xf32>
    %v56 = arith.shrui %v46, %c17 : vector<16xi32>
    %v57 = arith.andi %v56, %c14 : vector<16xi32>
    %v58 = arith.sitofp %v57 : vector<16xi32> to vector<16xf32>
    %v59 = arith.addf %v58, %c15 : vector<16xf32>
    %v60 = arith.mulf %v59, %v37 : vector<16xf32>
    %v61 = arith.shrui %v46, %c18 : vector<16xi32>
    %v62 = arith.andi %v61, %c14 : vector<16xi32>
    %v63 = arith.sitofp %v62 : vector<16xi32> to vector<16xf32>
    %v64 = arith.addf %v63, %c15 : vector<16xf32>
    %v65 = arith.mulf %v64, %v37 : vector<16xf32>
    %v66 = llvm.load %v17 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v67 = vector.broadcast %v66 : f32 to vector<16xf32>
    %v68 = vector.fma %v50, %v67, %a11 : vector<16xf32>
    %v69 = llvm.load %v18 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v70 = vector.broadcast %v69 : f32 to vector<16xf32>
    %v71 = vector.fma %v50, %v70, %a12 : vector<16xf32>
    %v72 = llvm.load %v19 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v73 = vector.broadcast %v72 : f32 to vector<16xf32>
    %v74 = vector.fma %v50, %v73, %a13 : vector<16xf32>
    %v75 = llvm.load %v20 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v76 = vector.broadcast %v75 : f32 to vector<16xf32>
    %v77 = vector.fma %v50, %v76, %a14 : vector<16xf32>
    %v78 = llvm.getelementptr %v17[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v79 = llvm.load %v78 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v80 = vector.broadcast %v79 : f32 to vector<16xf32>
    %v81 = vector.fma %v55, %v80, %v68 : vector<16xf32>
    %v82 = llvm.getelementptr %v18[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v83 = llvm.load %v82 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v84 = vector.broadcast %v83 : f32 to vector<16xf32>
    %v85 = vector.fma %v55, %v84, %v71 : vector<16xf32>
    %v86 = llvm.getelementptr %v19[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v87 = llvm.load %v86 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v88 = vector.broadcast %v87 : f32 to vector<16xf32>
    %v89 = vector.fma %v55, %v88, %v74 : vector<16xf32>
    %v90 = llvm.getelementptr %v20[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v91 = llvm.load %v90 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v92 = vector.broadcast %v91 : f32 to vector<16xf32>
    %v93 = vector.fma %v55, %v92, %v77 : vector<16xf32>
    %v94 = llvm.getelementptr %v17[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v95 = llvm.load %v94 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v96 = vector.broadcast %v95 : f32 to vector<16xf32>
    %v97 = vector.fma %v60, %v96, %v81 : vector<16xf32>
    %v98 = llvm.getelementptr %v18[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v99 = llvm.load %v98 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v100 = vector.broadcast %v99 : f32 to vector<16xf32>
    %v101 = vector.fma %v60, %v100, %v85 : vector<16xf32>
    %v102 = llvm.getelementptr %v19[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v103 = llvm.load %v102 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v104 = vector.broadcast %v103 : f32 to vector<16xf32>
    %v105 = vector.fma %v60, %v104, %v89 : vector<16xf32>
    %v106 = llvm.getelementptr %v20[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v107 = llvm.load %v106 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v108 = vector.broadcast %v107 : f32 to vector<16xf32>
    %v109 = vector.fma %v60, %v108, %v93 : vector<16xf32>
    %v110 = llvm.getelementptr %v17[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v111 = llvm.load %v110 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v112 = vector.broadcast %v111 : f32 to vector<16xf32>
    %v113 = vector.fma %v65, %v112, %v97 : vector<16xf32>
    %v114 = llvm.getelementptr %v18[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v115 = llvm.load %v114 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v116 = vector.broadcast %v115 : f32 to vector<16xf32>
    %v117 = vector.fma %v65, %v116, %v101 : vector<16xf32>
    %v118 = llvm.getelementptr %v19[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v119 = llvm.load %v118 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v120 = vector.broadcast %v119 : f32 to vector<16xf32>
    %v121 = vector.fma %v65, %v120, %v105 : vector<16xf32>
    %v122 = llvm.getelementptr %v20[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v123 = llvm.load %v122 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v124 = vector.broadcast %v123 : f32 to vector<16xf32>
    %v125 = vector.fma %v65, %v124, %v109 : vector<16xf32>
    %v126 = llvm.getelementptr %v27[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v127 = llvm.load %v126 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v128 = arith.andi %v127, %c11 : vector<16xi32>
    %v129 = llvm.getelementptr %v27[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v130 = llvm.load %v129 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v131 = arith.shli %v130, %c19 : vector<16xi32>
    %v132 = arith.andi %v131, %c13 : vector<16xi32>
    %v133 = arith.ori %v128, %v132 : vector<16xi32>
    %v134 = arith.andi %v133, %c14 : vector<16xi32>
    %v135 = arith.sitofp %v134 : vector<16xi32> to vector<16xf32>
    %v136 = arith.addf %v135, %c15 : vector<16xf32>
    %v137 = arith.mulf %v136, %v37 : vector<16xf32>
    %v138 = arith.shrui %v133, %c16 : vector<16xi32>
    %v139 = arith.andi %v138, %c14 : vector<16xi32>
    %v140 = arith.sitofp %v139 : vector<16xi32> to vector<16xf32>
    %v141 = arith.addf %v140, %c15 : vector<16xf32>
    %v142 = arith.mulf %v141, %v37 : vector<16xf32>
    %v143 = arith.shrui %v133, %c17 : vector<16xi32>
    %v144 = arith.andi %v143, %c14 : vector<16xi32>
    %v145 = arith.sitofp %v144 : vector<16xi32> to vector<16xf32>
    %v146 = arith.addf %v145, %c15 : vector<16xf32>
    %v147 = arith.mulf %v146, %v37 : vector<16xf32>
    %v148 = arith.shrui %v133, %c18 : vector<16xi32>
    %v149 = arith.andi %v148, %c14 : vector<16xi32>
    %v150 = arith.sitofp %v149 : vector<16xi32> to vector<16xf32>
    %v151 = arith.addf %v150, %c15 : vector<16xf32>
    %v152 = arith.mulf %v151, %v37 : vector<16xf32>
    %v153 = llvm.getelementptr %v17[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v154 = llvm.load %v153 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v155 = vector.broadcast %v154 : f32 to vector<16xf32>
    %v156 = vector.fma %v137, %v155, %v113 : vector<16xf32>
    %v157 = llvm.getelementptr %v18[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v158 = llvm.load %v157 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v159 = vector.broadcast %v158 : f32 to vector<16xf32>
    %v160 = vector.fma %v137, %v159, %v117 : vector<16xf32>
    %v161 = llvm.getelementptr %v19[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v162 = llvm.load %v161 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v163 = vector.broadcast %v162 : f32 to vector<16xf32>
    %v164 = vector.fma %v137, %v163, %v121 : vector<16xf32>
    %v165 = llvm.getelementptr %v20[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v166 = llvm.load %v165 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v167 = vector.broadcast %v166 : f32 to vector<16xf32>
    %v168 = vector.fma %v137, %v167, %v125 : vector<16xf32>
    %v169 = llvm.getelementptr %v17[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v170 = llvm.load %v169 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v171 = vector.broadcast %v170 : f32 to vector<16xf32>
    %v172 = vector.fma %v142, %v171, %v156 : vector<16xf32>
    %v173 = llvm.getelementptr %v18[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v174 = llvm.load %v173 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v175 = vector.broadcast %v174 : f32 to vector<16xf32>
    %v176 = vector.fma %v142, %v175, %v160 : vector<16xf32>
    %v177 = llvm.getelementptr %v19[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v178 = llvm.load %v177 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v179 = vector.broadcast %v178 : f32 to vector<16xf32>
    %v180 = vector.fma %v142, %v179, %v164 : vector<16xf32>
    %v181 = llvm.getelementptr %v20[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v182 = llvm.load %v181 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v183 = vector.broadcast %v182 : f32 to vector<16xf32>
    %v184 = vector.fma %v142, %v183, %v168 : vector<16xf32>
    %v185 = llvm.getelementptr %v17[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v186 = llvm.load %v185 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v187 = vector.broadcast %v186 : f32 to vector<16xf32>
    %v188 = vector.fma %v147, %v187, %v172 : vector<16xf32>
    %v189 = llvm.getelementptr %v18[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v190 = llvm.load %v189 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v191 = vector.broadcast %v190 : f32 to vector<16xf32>
    %v192 = vector.fma %v147, %v191, %v176 : vector<16xf32>
    %v193 = llvm.getelementptr %v19[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v194 = llvm.load %v193 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v195 = vector.broadcast %v194 : f32 to vector<16xf32>
    %v196 = vector.fma %v147, %v195, %v180 : vector<16xf32>
    %v197 = llvm.getelementptr %v20[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v198 = llvm.load %v197 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v199 = vector.broadcast %v198 : f32 to vector<16xf32>
    %v200 = vector.fma %v147, %v199, %v184 : vector<16xf32>
    %v201 = llvm.getelementptr %v17[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v202 = llvm.load %v201 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v203 = vector.broadcast %v202 : f32 to vector<16xf32>
    %v204 = vector.fma %v152, %v203, %v188 : vector<16xf32>
    %v205 = llvm.getelementptr %v18[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v206 = llvm.load %v205 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v207 = vector.broadcast %v206 : f32 to vector<16xf32>
    %v208 = vector.fma %v152, %v207, %v192 : vector<16xf32>
    %v209 = llvm.getelementptr %v19[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v210 = llvm.load %v209 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v211 = vector.broadcast %v210 : f32 to vector<16xf32>
    %v212 = vector.fma %v152, %v211, %v196 : vector<16xf32>
    %v213 = llvm.getelementptr %v20[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v214 = llvm.load %v213 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v215 = vector.broadcast %v214 : f32 to vector<16xf32>
    %v216 = vector.fma %v152, %v215, %v200 : vector<16xf32>
    %v217 = llvm.getelementptr %v27[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v218 = llvm.load %v217 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v219 = arith.andi %v218, %c11 : vector<16xi32>
    %v220 = llvm.getelementptr %v27[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v221 = llvm.load %v220 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v222 = arith.andi %v221, %c13 : vector<16xi32>
    %v223 = arith.ori %v219, %v222 : vector<16xi32>
    %v224 = arith.andi %v223, %c14 : vector<16xi32>
    %v225 = arith.sitofp %v224 : vector<16xi32> to vector<16xf32>
    %v226 = arith.addf %v225, %c15 : vector<16xf32>
    %v227 = arith.mulf %v226, %v37 : vector<16xf32>
    %v228 = arith.shrui %v223, %c16 : vector<16xi32>
    %v229 = arith.andi %v228, %c14 : vector<16xi32>
    %v230 = arith.sitofp %v229 : vector<16xi32> to vector<16xf32>
    %v231 = arith.addf %v230, %c15 : vector<16xf32>
    %v232 = arith.mulf %v231, %v37 : vector<16xf32>
    %v233 = arith.shrui %v223, %c17 : vector<16xi32>
    %v234 = arith.andi %v233, %c14 : vector<16xi32>
    %v235 = arith.sitofp %v234 : vector<16xi32> to vector<16xf32>
    %v236 = arith.addf %v235, %c15 : vector<16xf32>
    %v237 = arith.mulf %v236, %v37 : vector<16xf32>
    %v238 = arith.shrui %v223, %c18 : vector<16xi32>
    %v239 = arith.andi %v238, %c14 : vector<16xi32>
    %v240 = arith.sitofp %v239 : vector<16xi32> to vector<16xf32>
    %v241 = arith.addf %v240, %c15 : vector<16xf32>
    %v242 = arith.mulf %v241, %v37 : vector<16xf32>
    %v243 = llvm.getelementptr %v17[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v244 = llvm.load %v243 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v245 = vector.broadcast %v244 : f32 to vector<16xf32>
    %v246 = vector.fma %v227, %v245, %v204 : vector<16xf32>
    %v247 = llvm.getelementptr %v18[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v248 = llvm.load %v247 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v249 = vector.broadcast %v248 : f32 to vector<16xf32>
    %v250 = vector.fma %v227, %v249, %v208 : vector<16xf32>
    %v251 = llvm.getelementptr %v19[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v252 = llvm.load %v251 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v253 = vector.broadcast %v252 : f32 to vector<16xf32>
    %v254 = vector.fma %v227, %v253, %v212 : vector<16xf32>
    %v255 = llvm.getelementptr %v20[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v256 = llvm.load %v255 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v257 = vector.broadcast %v256 : f32 to vector<16xf32>
    %v258 = vector.fma %v227, %v257, %v216 : vector<16xf32>
    %v259 = llvm.getelementptr %v17[36] : (!llvm.ptr) -> !llvm.ptr, i8
    %v260 = llvm.load %v259 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v261 = vector.broadcast %v260 : f32 to vector<16xf32>
    %v262 = vector.fma %v232, %v261, %v246 : vector<16xf32>
    %v263 = llvm.getelementptr %v18[36] : (!llvm.ptr) -> !llvm.ptr, i8
    %v264 = llvm.load %v263 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v265 = vector.broadcast %v264 : f32 to vector<16xf32>
    %v266 = vector.fma %v232, %v265, %v250 : vector<16xf32>
    %v267 = llvm.getelementptr %v19[36] : (!llvm.ptr) -> !llvm.ptr, i8
    %v268 = llvm.load %v267 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v269 = vector.broadcast %v268 : f32 to vector<16xf32>
    %v270 = vector.fma %v232, %v269, %v254 : vector<16xf32>
    %v271 = llvm.getelementptr %v20[36] : (!llvm.ptr) -> !llvm.ptr, i8
    %v272 = llvm.load %v271 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v273 = vector.broadcast %v272 : f32 to vector<16xf32>
    %v274 = vector.fma %v232, %v273, %v258 : vector<16xf32>
    %v275 = llvm.getelementptr %v17[40] : (!llvm.ptr) -> !llvm.ptr, i8
    %v276 = llvm.load %v275 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v277 = vector.broadcast %v276 : f32 to vector<16xf32>
    %v278 = vector.fma %v237, %v277, %v262 : vector<16xf32>
    %v279 = llvm.getelementptr %v18[40] : (!llvm.ptr) -> !llvm.ptr, i8
    %v280 = llvm.load %v279 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v281 = vector.broadcast %v280 : f32 to vector<16xf32>
    %v282 = vector.fma %v237, %v281, %v266 : vector<16xf32>
    %v283 = llvm.getelementptr %v19[40] : (!llvm.ptr) -> !llvm.ptr, i8
    %v284 = llvm.load %v283 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v285 = vector.broadcast %v284 : f32 to vector<16xf32>
    %v286 = vector.fma %v237, %v285, %v270 : vector<16xf32>
    %v287 = llvm.getelementptr %v20[40] : (!llvm.ptr) -> !llvm.ptr, i8
    %v288 = llvm.load %v287 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v289 = vector.broadcast %v288 : f32 to vector<16xf32>
    %v290 = vector.fma %v237, %v289, %v274 : vector<16xf32>
    %v291 = llvm.getelementptr %v17[44] : (!llvm.ptr) -> !llvm.ptr, i8
    %v292 = llvm.load %v291 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v293 = vector.broadcast %v292 : f32 to vector<16xf32>
    %v294 = vector.fma %v242, %v293, %v278 : vector<16xf32>
    %v295 = llvm.getelementptr %v18[44] : (!llvm.ptr) -> !llvm.ptr, i8
    %v296 = llvm.load %v295 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v297 = vector.broadcast %v296 : f32 to vector<16xf32>
    %v298 = vector.fma %v242, %v297, %v282 : vector<16xf32>
    %v299 = llvm.getelementptr %v19[44] : (!llvm.ptr) -> !llvm.ptr, i8
    %v300 = llvm.load %v299 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v301 = vector.broadcast %v300 : f32 to vector<16xf32>
    %v302 = vector.fma %v242, %v301, %v286 : vector<16xf32>
    %v303 = llvm.getelementptr %v20[44] : (!llvm.ptr) -> !llvm.ptr, i8
    %v304 = llvm.load %v303 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v305 = vector.broadcast %v304 : f32 to vector<16xf32>
    %v306 = vector.fma %v242, %v305, %v290 : vector<16xf32>
    %v307 = llvm.getelementptr %v27[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v308 = llvm.load %v307 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v309 = arith.andi %v308, %c11 : vector<16xi32>
    %v310 = llvm.getelementptr %v27[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v311 = llvm.load %v310 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v312 = arith.shrui %v311, %c19 : vector<16xi32>
    %v313 = arith.andi %v312, %c13 : vector<16xi32>
    %v314 = arith.ori %v309, %v313 : vector<16xi32>
    %v315 = arith.andi %v314, %c14 : vector<16xi32>
    %v316 = arith.sitofp %v315 : vector<16xi32> to vector<16xf32>
    %v317 = arith.addf %v316, %c15 : vector<16xf32>
    %v318 = arith.mulf %v317, %v37 : vector<16xf32>
    %v319 = arith.shrui %v314, %c16 : vector<16xi32>
    %v320 = arith.andi %v319, %c14 : vector<16xi32>
    %v321 = arith.sitofp %v320 : vector<16xi32> to vector<16xf32>
    %v322 = arith.addf %v321, %c15 : vector<16xf32>
    %v323 = arith.mulf %v322, %v37 : vector<16xf32>
    %v324 = arith.shrui %v314, %c17 : vector<16xi32>
    %v325 = arith.andi %v324, %c14 : vector<16xi32>
    %v326 = arith.sitofp %v325 : vector<16xi32> to vector<16xf32>
    %v327 = arith.addf %v326, %c15 : vector<16xf32>
    %v328 = arith.mulf %v327, %v37 : vector<16xf32>
    %v329 = arith.shrui %v314, %c18 : vector<16xi32>
    %v330 = arith.andi %v329, %c14 : vector<16xi32>
    %v331 = arith.sitofp %v330 : vector<16xi32> to vector<16xf32>
    %v332 = arith.addf %v331, %c15 : vector<16xf32>
    %v333 = arith.mulf %v332, %v37 : vector<16xf32>
    %v334 = llvm.getelementptr %v17[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v335 = llvm.load %v334 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v336 = vector.broadcast %v335 : f32 to vector<16xf32>
    %v337 = vector.fma %v318, %v336, %v294 : vector<16xf32>
    %v338 = llvm.getelementptr %v18[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v339 = llvm.load %v338 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v340 = vector.broadcast %v339 : f32 to vector<16xf32>
    %v341 = vector.fma %v318, %v340, %v298 : vector<16xf32>
    %v342 = llvm.getelementptr %v19[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v343 = llvm.load %v342 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v344 = vector.broadcast %v343 : f32 to vector<16xf32>
    %v345 = vector.fma %v318, %v344, %v302 : vector<16xf32>
    %v346 = llvm.getelementptr %v20[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v347 = llvm.load %v346 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v348 = vector.broadcast %v347 : f32 to vector<16xf32>
    %v349 = vector.fma %v318, %v348, %v306 : vector<16xf32>
    %v350 = llvm.getelementptr %v17[52] : (!llvm.ptr) -> !llvm.ptr, i8
    %v351 = llvm.load %v350 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v352 = vector.broadcast %v351 : f32 to vector<16xf32>
    %v353 = vector.fma %v323, %v352, %v337 : vector<16xf32>
    %v354 = llvm.getelementptr %v18[52] : (!llvm.ptr) -> !llvm.ptr, i8
    %v355 = llvm.load %v354 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v356 = vector.broadcast %v355 : f32 to vector<16xf32>
    %v357 = vector.fma %v323, %v356, %v341 : vector<16xf32>
    %v358 = llvm.getelementptr %v19[52] : (!llvm.ptr) -> !llvm.ptr, i8
    %v359 = llvm.load %v358 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v360 = vector.broadcast %v359 : f32 to vector<16xf32>
    %v361 = vector.fma %v323, %v360, %v345 : vector<16xf32>
    %v362 = llvm.getelementptr %v20[52] : (!llvm.ptr) -> !llvm.ptr, i8
    %v363 = llvm.load %v362 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v364 = vector.broadcast %v363 : f32 to vector<16xf32>
    %v365 = vector.fma %v323, %v364, %v349 : vector<16xf32>
    %v366 = llvm.getelementptr %v17[56] : (!llvm.ptr) -> !llvm.ptr, i8
    %v367 = llvm.load %v366 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v368 = vector.broadcast %v367 : f32 to vector<16xf32>
    %v369 = vector.fma %v328, %v368, %v353 : vector<16xf32>
    %v370 = llvm.getelementptr %v18[56] : (!llvm.ptr) -> !llvm.ptr, i8
    %v371 = llvm.load %v370 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v372 = vector.broadcast %v371 : f32 to vector<16xf32>
    %v373 = vector.fma %v328, %v372, %v357 : vector<16xf32>
    %v374 = llvm.getelementptr %v19[56] : (!llvm.ptr) -> !llvm.ptr, i8
    %v375 = llvm.load %v374 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v376 = vector.broadcast %v375 : f32 to vector<16xf32>
    %v377 = vector.fma %v328, %v376, %v361 : vector<16xf32>
    %v378 = llvm.getelementptr %v20[56] : (!llvm.ptr) -> !llvm.ptr, i8
    %v379 = llvm.load %v378 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v380 = vector.broadcast %v379 : f32 to vector<16xf32>
    %v381 = vector.fma %v328, %v380, %v365 : vector<16xf32>
    %v382 = llvm.getelementptr %v17[60] : (!llvm.ptr) -> !llvm.ptr, i8
    %v383 = llvm.load %v382 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v384 = vector.broadcast %v383 : f32 to vector<16xf32>
    %v385 = vector.fma %v333, %v384, %v369 : vector<16xf32>
    %v386 = llvm.getelementptr %v18[60] : (!llvm.ptr) -> !llvm.ptr, i8
    %v387 = llvm.load %v386 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v388 = vector.broadcast %v387 : f32 to vector<16xf32>
    %v389 = vector.fma %v333, %v388, %v373 : vector<16xf32>
    %v390 = llvm.getelementptr %v19[60] : (!llvm.ptr) -> !llvm.ptr, i8
    %v391 = llvm.load %v390 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v392 = vector.broadcast %v391 : f32 to vector<16xf32>
    %v393 = vector.fma %v333, %v392, %v377 : vector<16xf32>
    %v394 = llvm.getelementptr %v20[60] : (!llvm.ptr) -> !llvm.ptr, i8
    %v395 = llvm.load %v394 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v396 = vector.broadcast %v395 : f32 to vector<16xf32>
    %v397 = vector.fma %v333, %v396, %v381 : vector<16xf32>
    %v398 = llvm.getelementptr %v27[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v399 = llvm.load %v398 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v400 = arith.shrui %v399, %c12 : vector<16xi32>
    %v401 = arith.andi %v400, %c11 : vector<16xi32>
    %v402 = llvm.getelementptr %v27[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v403 = llvm.load %v402 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v404 = arith.shli %v403, %c12 : vector<16xi32>
    %v405 = arith.andi %v404, %c13 : vector<16xi32>
    %v406 = arith.ori %v401, %v405 : vector<16xi32>
    %v407 = arith.andi %v406, %c14 : vector<16xi32>
    %v408 = arith.sitofp %v407 : vector<16xi32> to vector<16xf32>
    %v409 = arith.addf %v408, %c15 : vector<16xf32>
    %v410 = arith.mulf %v409, %v38 : vector<16xf32>
    %v411 = arith.shrui %v406, %c16 : vector<16xi32>
    %v412 = arith.andi %v411, %c14 : vector<16xi32>
    %v413 = arith.sitofp %v412 : vector<16xi32> to vector<16xf32>
    %v414 = arith.addf %v413, %c15 : vector<16xf32>
    %v415 = arith.mulf %v414, %v38 : vector<16xf32>
    %v416 = arith.shrui %v406, %c17 : vector<16xi32>
    %v417 = arith.andi %v416, %c14 : vector<16xi32>
    %v418 = arith.sitofp %v417 : vector<16xi32> to vector<16xf32>
    %v419 = arith.addf %v418, %c15 : vector<16xf32>
    %v420 = arith.mulf %v419, %v38 : vector<16xf32>
    %v421 = arith.shrui %v406, %c18 : vector<16xi32>
    %v422 = arith.andi %v421, %c14 : vector<16xi32>
    %v423 = arith.sitofp %v422 : vector<16xi32> to vector<16xf32>
    %v424 = arith.addf %v423, %c15 : vector<16xf32>
    %v425 = arith.mulf %v424, %v38 : vector<16xf32>
    %v426 = llvm.getelementptr %v17[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v427 = llvm.load %v426 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v428 = vector.broadcast %v427 : f32 to vector<16xf32>
    %v429 = vector.fma %v410, %v428, %v385 : vector<16xf32>
    %v430 = llvm.getelementptr %v18[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v431 = llvm.load %v430 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v432 = vector.broadcast %v431 : f32 to vector<16xf32>
    %v433 = vector.fma %v410, %v432, %v389 : vector<16xf32>
    %v434 = llvm.getelementptr %v19[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v435 = llvm.load %v434 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v436 = vector.broadcast %v435 : f32 to vector<16xf32>
    %v437 = vector.fma %v410, %v436, %v393 : vector<16xf32>
    %v438 = llvm.getelementptr %v20[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v439 = llvm.load %v438 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v440 = vector.broadcast %v439 : f32 to vector<16xf32>
    %v441 = vector.fma %v410, %v440, %v397 : vector<16xf32>
    %v442 = llvm.getelementptr %v17[68] : (!llvm.ptr) -> !llvm.ptr, i8
    %v443 = llvm.load %v442 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v444 = vector.broadcast %v443 : f32 to vector<16xf32>
    %v445 = vector.fma %v415, %v444, %v429 : vector<16xf32>
    %v446 = llvm.getelementptr %v18[68] : (!llvm.ptr) -> !llvm.ptr, i8
    %v447 = llvm.load %v446 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v448 = vector.broadcast %v447 : f32 to vector<16xf32>
    %v449 = vector.fma %v415, %v448, %v433 : vector<16xf32>
    %v450 = llvm.getelementptr %v19[68] : (!llvm.ptr) -> !llvm.ptr, i8
    %v451 = llvm.load %v450 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v452 = vector.broadcast %v451 : f32 to vector<16xf32>
    %v453 = vector.fma %v415, %v452, %v437 : vector<16xf32>
    %v454 = llvm.getelementptr %v20[68] : (!llvm.ptr) -> !llvm.ptr, i8
    %v455 = llvm.load %v454 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v456 = vector.broadcast %v455 : f32 to vector<16xf32>
    %v457 = vector.fma %v415, %v456, %v441 : vector<16xf32>
    %v458 = llvm.getelementptr %v17[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v459 = llvm.load %v458 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v460 = vector.broadcast %v459 : f32 to vector<16xf32>
    %v461 = vector.fma %v420, %v460, %v445 : vector<16xf32>
    %v462 = llvm.getelementptr %v18[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v463 = llvm.load %v462 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v464 = vector.broadcast %v463 : f32 to vector<16xf32>
    %v465 = vector.fma %v420, %v464, %v449 : vector<16xf32>
    %v466 = llvm.getelementptr %v19[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v467 = llvm.load %v466 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v468 = vector.broadcast %v467 : f32 to vector<16xf32>
    %v469 = vector.fma %v420, %v468, %v453 : vector<16xf32>
    %v470 = llvm.getelementptr %v20[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v471 = llvm.load %v470 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v472 = vector.broadcast %v471 : f32 to vector<16xf32>
    %v473 = vector.fma %v420, %v472, %v457 : vector<16xf32>
    %v474 = llvm.getelementptr %v17[76] : (!llvm.ptr) -> !llvm.ptr, i8
    %v475 = llvm.load %v474 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v476 = vector.broadcast %v475 : f32 to vector<16xf32>
    %v477 = vector.fma %v425, %v476, %v461 : vector<16xf32>
    %v478 = llvm.getelementptr %v18[76] : (!llvm.ptr) -> !llvm.ptr, i8
    %v479 = llvm.load %v478 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v480 = vector.broadcast %v479 : f32 to vector<16xf32>
    %v481 = vector.fma %v425, %v480, %v465 : vector<16xf32>
    %v482 = llvm.getelementptr %v19[76] : (!llvm.ptr) -> !llvm.ptr, i8
    %v483 = llvm.load %v482 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v484 = vector.broadcast %v483 : f32 to vector<16xf32>
    %v485 = vector.fma %v425, %v484, %v469 : vector<16xf32>
    %v486 = llvm.getelementptr %v20[76] : (!llvm.ptr) -> !llvm.ptr, i8
    %v487 = llvm.load %v486 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v488 = vector.broadcast %v487 : f32 to vector<16xf32>
    %v489 = vector.fma %v425, %v488, %v473 : vector<16xf32>
    %v490 = llvm.getelementptr %v27[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v491 = llvm.load %v490 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v492 = arith.shrui %v491, %c12 : vector<16xi32>
    %v493 = arith.andi %v492, %c11 : vector<16xi32>
    %v494 = llvm.getelementptr %v27[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v495 = llvm.load %v494 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v496 = arith.shli %v495, %c19 : vector<16xi32>
    %v497 = arith.andi %v496, %c13 : vector<16xi32>
    %v498 = arith.ori %v493, %v497 : vector<16xi32>
    %v499 = arith.andi %v498, %c14 : vector<16xi32>
    %v500 = arith.sitofp %v499 : vector<16xi32> to vector<16xf32>
    %v501 = arith.addf %v500, %c15 : vector<16xf32>
    %v502 = arith.mulf %v501, %v38 : vector<16xf32>
    %v503 = arith.shrui %v498, %c16 : vector<16xi32>
    %v504 = arith.andi %v503, %c14 : vector<16xi32>
    %v505 = arith.sitofp %v504 : vector<16xi32> to vector<16xf32>
    %v506 = arith.addf %v505, %c15 : vector<16xf32>
    %v507 = arith.mulf %v506, %v38 : vector<16xf32>
    %v508 = arith.shrui %v498, %c17 : vector<16xi32>
    %v509 = arith.andi %v508, %c14 : vector<16xi32>
    %v510 = arith.sitofp %v509 : vector<16xi32> to vector<16xf32>
    %v511 = arith.addf %v510, %c15 : vector<16xf32>
    %v512 = arith.mulf %v511, %v38 : vector<16xf32>
    %v513 = arith.shrui %v498, %c18 : vector<16xi32>
    %v514 = arith.andi %v513, %c14 : vector<16xi32>
    %v515 = arith.sitofp %v514 : vector<16xi32> to vector<16xf32>
    %v516 = arith.addf %v515, %c15 : vector<16xf32>
    %v517 = arith.mulf %v516, %v38 : vector<16xf32>
    %v518 = llvm.getelementptr %v17[80] : (!llvm.ptr) -> !llvm.ptr, i8
    %v519 = llvm.load %v518 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v520 = vector.broadcast %v519 : f32 to vector<16xf32>
    %v521 = vector.fma %v502, %v520, %v477 : vector<16xf32>
    %v522 = llvm.getelementptr %v18[80] : (!llvm.ptr) -> !llvm.ptr, i8
    %v523 = llvm.load %v522 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v524 = vector.broadcast %v523 : f32 to vector<16xf32>
    %v525 = vector.fma %v502, %v524, %v481 : vector<16xf32>
    %v526 = llvm.getelementptr %v19[80] : (!llvm.ptr) -> !llvm.ptr, i8
    %v527 = llvm.load %v526 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v528 = vector.broadcast %v527 : f32 to vector<16xf32>
    %v529 = vector.fma %v502, %v528, %v485 : vector<16xf32>
    %v530 = llvm.getelementptr %v20[80] : (!llvm.ptr) -> !llvm.ptr, i8
    %v531 = llvm.load %v530 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v532 = vector.broadcast %v531 : f32 to vector<16xf32>
    %v533 = vector.fma %v502, %v532, %v489 : vector<16xf32>
    %v534 = llvm.getelementptr %v17[84] : (!llvm.ptr) -> !llvm.ptr, i8
    %v535 = llvm.load %v534 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v536 = vector.broadcast %v535 : f32 to vector<16xf32>
    %v537 = vector.fma %v507, %v536, %v521 : vector<16xf32>
    %v538 = llvm.getelementptr %v18[84] : (!llvm.ptr) -> !llvm.ptr, i8
    %v539 = llvm.load %v538 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v540 = vector.broadcast %v539 : f32 to vector<16xf32>
    %v541 = vector.fma %v507, %v540, %v525 : vector<16xf32>
    %v542 = llvm.getelementptr %v19[84] : (!llvm.ptr) -> !llvm.ptr, i8
    %v543 = llvm.load %v542 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v544 = vector.broadcast %v543 : f32 to vector<16xf32>
    %v545 = vector.fma %v507, %v544, %v529 : vector<16xf32>
    %v546 = llvm.getelementptr %v20[84] : (!llvm.ptr) -> !llvm.ptr, i8
    %v547 = llvm.load %v546 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v548 = vector.broadcast %v547 : f32 to vector<16xf32>
    %v549 = vector.fma %v507, %v548, %v533 : vector<16xf32>
    %v550 = llvm.getelementptr %v17[88] : (!llvm.ptr) -> !llvm.ptr, i8
    %v551 = llvm.load %v550 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v552 = vector.broadcast %v551 : f32 to vector<16xf32>
    %v553 = vector.fma %v512, %v552, %v537 : vector<16xf32>
    %v554 = llvm.getelementptr %v18[88] : (!llvm.ptr) -> !llvm.ptr, i8
    %v555 = llvm.load %v554 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v556 = vector.broadcast %v555 : f32 to vector<16xf32>
    %v557 = vector.fma %v512, %v556, %v541 : vector<16xf32>
    %v558 = llvm.getelementptr %v19[88] : (!llvm.ptr) -> !llvm.ptr, i8
    %v559 = llvm.load %v558 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v560 = vector.broadcast %v559 : f32 to vector<16xf32>
    %v561 = vector.fma %v512, %v560, %v545 : vector<16xf32>
    %v562 = llvm.getelementptr %v20[88] : (!llvm.ptr) -> !llvm.ptr, i8
    %v563 = llvm.load %v562 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v564 = vector.broadcast %v563 : f32 to vector<16xf32>
    %v565 = vector.fma %v512, %v564, %v549 : vector<16xf32>
    %v566 = llvm.getelementptr %v17[92] : (!llvm.ptr) -> !llvm.ptr, i8
    %v567 = llvm.load %v566 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v568 = vector.broadcast %v567 : f32 to vector<16xf32>
    %v569 = vector.fma %v517, %v568, %v553 : vector<16xf32>
    %v570 = llvm.getelementptr %v18[92] : (!llvm.ptr) -> !llvm.ptr, i8
    %v571 = llvm.load %v570 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v572 = vector.broadcast %v571 : f32 to vector<16xf32>
    %v573 = vector.fma %v517, %v572, %v557 : vector<16xf32>
    %v574 = llvm.getelementptr %v19[92] : (!llvm.ptr) -> !llvm.ptr, i8
    %v575 = llvm.load %v574 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v576 = vector.broadcast %v575 : f32 to vector<16xf32>
    %v577 = vector.fma %v517, %v576, %v561 : vector<16xf32>
    %v578 = llvm.getelementptr %v20[92] : (!llvm.ptr) -> !llvm.ptr, i8
    %v579 = llvm.load %v578 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v580 = vector.broadcast %v579 : f32 to vector<16xf32>
    %v581 = vector.fma %v517, %v580, %v565 : vector<16xf32>
    %v582 = llvm.getelementptr %v27[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v583 = llvm.load %v582 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v584 = arith.shrui %v583, %c12 : vector<16xi32>
    %v585 = arith.andi %v584, %c11 : vector<16xi32>
    %v586 = llvm.getelementptr %v27[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v587 = llvm.load %v586 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v588 = arith.andi %v587, %c13 : vector<16xi32>
    %v589 = arith.ori %v585, %v588 : vector<16xi32>
    %v590 = arith.andi %v589, %c14 : vector<16xi32>
    %v591 = arith.sitofp %v590 : vector<16xi32> to vector<16xf32>
    %v592 = arith.addf %v591, %c15 : vector<16xf32>
    %v593 = arith.mulf %v592, %v38 : vector<16xf32>
    %v594 = arith.shrui %v589, %c16 : vector<16xi32>
    %v595 = arith.andi %v594, %c14 : vector<16xi32>
    %v596 = arith.sitofp %v595 : vector<16xi32> to vector<16xf32>
    %v597 = arith.addf %v596, %c15 : vector<16xf32>
    %v598 = arith.mulf %v597, %v38 : vector<16xf32>
    %v599 = arith.shrui %v589, %c17 : vector<16xi32>
    %v600 = arith.andi %v599, %c14 : vector<16xi32>
    %v601 = arith.sitofp %v600 : vector<16xi32> to vector<16xf32>
    %v602 = arith.addf %v601, %c15 : vector<16xf32>
    %v603 = arith.mulf %v602, %v38 : vector<16xf32>
    %v604 = arith.shrui %v589, %c18 : vector<16xi32>
    %v605 = arith.andi %v604, %c14 : vector<16xi32>
    %v606 = arith.sitofp %v605 : vector<16xi32> to vector<16xf32>
    %v607 = arith.addf %v606, %c15 : vector<16xf32>
    %v608 = arith.mulf %v607, %v38 : vector<16xf32>
    %v609 = llvm.getelementptr %v17[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v610 = llvm.load %v609 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v611 = vector.broadcast %v610 : f32 to vector<16xf32>
    %v612 = vector.fma %v593, %v611, %v569 : vector<16xf32>
    %v613 = llvm.getelementptr %v18[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v614 = llvm.load %v613 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v615 = vector.broadcast %v614 : f32 to vector<16xf32>
    %v616 = vector.fma %v593, %v615, %v573 : vector<16xf32>
    %v617 = llvm.getelementptr %v19[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v618 = llvm.load %v617 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v619 = vector.broadcast %v618 : f32 to vector<16xf32>
    %v620 = vector.fma %v593, %v619, %v577 : vector<16xf32>
    %v621 = llvm.getelementptr %v20[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v622 = llvm.load %v621 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v623 = vector.broadcast %v622 : f32 to vector<16xf32>
    %v624 = vector.fma %v593, %v623, %v581 : vector<16xf32>
    %v625 = llvm.getelementptr %v17[100] : (!llvm.ptr) -> !llvm.ptr, i8
    %v626 = llvm.load %v625 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v627 = vector.broadcast %v626 : f32 to vector<16xf32>
    %v628 = vector.fma %v598, %v627, %v612 : vector<16xf32>
    %v629 = llvm.getelementptr %v18[100] : (!llvm.ptr) -> !llvm.ptr, i8
    %v630 = llvm.load %v629 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v631 = vector.broadcast %v630 : f32 to vector<16xf32>
    %v632 = vector.fma %v598, %v631, %v616 : vector<16xf32>
    %v633 = llvm.getelementptr %v19[100] : (!llvm.ptr) -> !llvm.ptr, i8
    %v634 = llvm.load %v633 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v635 = vector.broadcast %v634 : f32 to vector<16xf32>
    %v636 = vector.fma %v598, %v635, %v620 : vector<16xf32>
    %v637 = llvm.getelementptr %v20[100] : (!llvm.ptr) -> !llvm.ptr, i8
    %v638 = llvm.load %v637 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v639 = vector.broadcast %v638 : f32 to vector<16xf32>
    %v640 = vector.fma %v598, %v639, %v624 : vector<16xf32>
    %v641 = llvm.getelementptr %v17[104] : (!llvm.ptr) -> !llvm.ptr, i8
    %v642 = llvm.load %v641 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v643 = vector.broadcast %v642 : f32 to vector<16xf32>
    %v644 = vector.fma %v603, %v643, %v628 : vector<16xf32>
    %v645 = llvm.getelementptr %v18[104] : (!llvm.ptr) -> !llvm.ptr, i8
    %v646 = llvm.load %v645 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v647 = vector.broadcast %v646 : f32 to vector<16xf32>
    %v648 = vector.fma %v603, %v647, %v632 : vector<16xf32>
    %v649 = llvm.getelementptr %v19[104] : (!llvm.ptr) -> !llvm.ptr, i8
    %v650 = llvm.load %v649 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v651 = vector.broadcast %v650 : f32 to vector<16xf32>
    %v652 = vector.fma %v603, %v651, %v636 : vector<16xf32>
    %v653 = llvm.getelementptr %v20[104] : (!llvm.ptr) -> !llvm.ptr, i8
    %v654 = llvm.load %v653 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v655 = vector.broadcast %v654 : f32 to vector<16xf32>
    %v656 = vector.fma %v603, %v655, %v640 : vector<16xf32>
    %v657 = llvm.getelementptr %v17[108] : (!llvm.ptr) -> !llvm.ptr, i8
    %v658 = llvm.load %v657 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v659 = vector.broadcast %v658 : f32 to vector<16xf32>
    %v660 = vector.fma %v608, %v659, %v644 : vector<16xf32>
    %v661 = llvm.getelementptr %v18[108] : (!llvm.ptr) -> !llvm.ptr, i8
    %v662 = llvm.load %v661 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v663 = vector.broadcast %v662 : f32 to vector<16xf32>
    %v664 = vector.fma %v608, %v663, %v648 : vector<16xf32>
    %v665 = llvm.getelementptr %v19[108] : (!llvm.ptr) -> !llvm.ptr, i8
    %v666 = llvm.load %v665 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v667 = vector.broadcast %v666 : f32 to vector<16xf32>
    %v668 = vector.fma %v608, %v667, %v652 : vector<16xf32>
    %v669 = llvm.getelementptr %v20[108] : (!llvm.ptr) -> !llvm.ptr, i8
    %v670 = llvm.load %v669 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v671 = vector.broadcast %v670 : f32 to vector<16xf32>
    %v672 = vector.fma %v608, %v671, %v656 : vector<16xf32>
    %v673 = llvm.getelementptr %v27[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v674 = llvm.load %v673 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v675 = arith.shrui %v674, %c12 : vector<16xi32>
    %v676 = arith.andi %v675, %c11 : vector<16xi32>
    %v677 = llvm.getelementptr %v27[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v678 = llvm.load %v677 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v679 = arith.shrui %v678, %c19 : vector<16xi32>
    %v680 = arith.andi %v679, %c13 : vector<16xi32>
    %v681 = arith.ori %v676, %v680 : vector<16xi32>
    %v682 = arith.andi %v681, %c14 : vector<16xi32>
    %v683 = arith.sitofp %v682 : vector<16xi32> to vector<16xf32>
    %v684 = arith.addf %v683, %c15 : vector<16xf32>
    %v685 = arith.mulf %v684, %v38 : vector<16xf32>
    %v686 = arith.shrui %v681, %c16 : vector<16xi32>
    %v687 = arith.andi %v686, %c14 : vector<16xi32>
    %v688 = arith.sitofp %v687 : vector<16xi32> to vector<16xf32>
    %v689 = arith.addf %v688, %c15 : vector<16xf32>
    %v690 = arith.mulf %v689, %v38 : vector<16xf32>
    %v691 = arith.shrui %v681, %c17 : vector<16xi32>
    %v692 = arith.andi %v691, %c14 : vector<16xi32>
    %v693 = arith.sitofp %v692 : vector<16xi32> to vector<16xf32>
    %v694 = arith.addf %v693, %c15 : vector<16xf32>
    %v695 = arith.mulf %v694, %v38 : vector<16xf32>
    %v696 = arith.shrui %v681, %c18 : vector<16xi32>
    %v697 = arith.andi %v696, %c14 : vector<16xi32>
    %v698 = arith.sitofp %v697 : vector<16xi32> to vector<16xf32>
    %v699 = arith.addf %v698, %c15 : vector<16xf32>
    %v700 = arith.mulf %v699, %v38 : vector<16xf32>
    %v701 = llvm.getelementptr %v17[112] : (!llvm.ptr) -> !llvm.ptr, i8
    %v702 = llvm.load %v701 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v703 = vector.broadcast %v702 : f32 to vector<16xf32>
    %v704 = vector.fma %v685, %v703, %v660 : vector<16xf32>
    %v705 = llvm.getelementptr %v18[112] : (!llvm.ptr) -> !llvm.ptr, i8
    %v706 = llvm.load %v705 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v707 = vector.broadcast %v706 : f32 to vector<16xf32>
    %v708 = vector.fma %v685, %v707, %v664 : vector<16xf32>
    %v709 = llvm.getelementptr %v19[112] : (!llvm.ptr) -> !llvm.ptr, i8
    %v710 = llvm.load %v709 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v711 = vector.broadcast %v710 : f32 to vector<16xf32>
    %v712 = vector.fma %v685, %v711, %v668 : vector<16xf32>
    %v713 = llvm.getelementptr %v20[112] : (!llvm.ptr) -> !llvm.ptr, i8
    %v714 = llvm.load %v713 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v715 = vector.broadcast %v714 : f32 to vector<16xf32>
    %v716 = vector.fma %v685, %v715, %v672 : vector<16xf32>
    %v717 = llvm.getelementptr %v17[116] : (!llvm.ptr) -> !llvm.ptr, i8
    %v718 = llvm.load %v717 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v719 = vector.broadcast %v718 : f32 to vector<16xf32>
    %v720 = vector.fma %v690, %v719, %v704 : vector<16xf32>
    %v721 = llvm.getelementptr %v18[116] : (!llvm.ptr) -> !llvm.ptr, i8
    %v722 = llvm.load %v721 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v723 = vector.broadcast %v722 : f32 to vector<16xf32>
    %v724 = vector.fma %v690, %v723, %v708 : vector<16xf32>
    %v725 = llvm.getelementptr %v19[116] : (!llvm.ptr) -> !llvm.ptr, i8
    %v726 = llvm.load %v725 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v727 = vector.broadcast %v726 : f32 to vector<16xf32>
    %v728 = vector.fma %v690, %v727, %v712 : vector<16xf32>
    %v729 = llvm.getelementptr %v20[116] : (!llvm.ptr) -> !llvm.ptr, i8
    %v730 = llvm.load %v729 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v731 = vector.broadcast %v730 : f32 to vector<16xf32>
    %v732 = vector.fma %v690, %v731, %v716 : vector<16xf32>
    %v733 = llvm.getelementptr %v17[120] : (!llvm.ptr) -> !llvm.ptr, i8
    %v734 = llvm.load %v733 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v735 = vector.broadcast %v734 : f32 to vector<16xf32>
    %v736 = vector.fma %v695, %v735, %v720 : vector<16xf32>
    %v737 = llvm.getelementptr %v18[120] : (!llvm.ptr) -> !llvm.ptr, i8
    %v738 = llvm.load %v737 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v739 = vector.broadcast %v738 : f32 to vector<16xf32>
    %v740 = vector.fma %v695, %v739, %v724 : vector<16xf32>
    %v741 = llvm.getelementptr %v19[120] : (!llvm.ptr) -> !llvm.ptr, i8
    %v742 = llvm.load %v741 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v743 = vector.broadcast %v742 : f32 to vector<16xf32>
    %v744 = vector.fma %v695, %v743, %v728 : vector<16xf32>
    %v745 = llvm.getelementptr %v20[120] : (!llvm.ptr) -> !llvm.ptr, i8
    %v746 = llvm.load %v745 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v747 = vector.broadcast %v746 : f32 to vector<16xf32>
    %v748 = vector.fma %v695, %v747, %v732 : vector<16xf32>
    %v749 = llvm.getelementptr %v17[124] : (!llvm.ptr) -> !llvm.ptr, i8
    %v750 = llvm.load %v749 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v751 = vector.broadcast %v750 : f32 to vector<16xf32>
    %v752 = vector.fma %v700, %v751, %v736 : vector<16xf32>
    %v753 = llvm.getelementptr %v18[124] : (!llvm.ptr) -> !llvm.ptr, i8
    %v754 = llvm.load %v753 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v755 = vector.broadcast %v754 : f32 to vector<16xf32>
    %v756 = vector.fma %v700, %v755, %v740 : vector<16xf32>
    %v757 = llvm.getelementptr %v19[124] : (!llvm.ptr) -> !llvm.ptr, i8
    %v758 = llvm.load %v757 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v759 = vector.broadcast %v758 : f32 to vector<16xf32>
    %v760 = vector.fma %v700, %v759, %v744 : vector<16xf32>
    %v761 = llvm.getelementptr %v20[124] : (!llvm.ptr) -> !llvm.ptr, i8
    %v762 = llvm.load %v761 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v763 = vector.broadcast %v762 : f32 to vector<16xf32>
    %v764 = vector.fma %v700, %v763, %v748 : vector<16xf32>
    scf.yield %v752, %v756, %v760, %v764 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  }
  llvm.store %r15#0, %out {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v765 = llvm.getelementptr %out[128] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r15#1, %v765 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v766 = llvm.getelementptr %out[256] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r15#2, %v766 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v767 = llvm.getelementptr %out[384] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r15#3, %v767 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  return
}
func.func private @matmul_k512_n96_q6_f32_f32_bias_avx512vnni_unpack(%w: !llvm.ptr, %panel: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 16 : i64
  %c2 = arith.constant 1 : i64
  %c3 = arith.constant 3 : i64
  %c4 = arith.constant 7 : i64
  %c5 = arith.constant 3360 : i64
  %c6 = arith.constant 416 : i64
  %c7 = arith.constant 2048 : i64
  %c8 = arith.constant dense<252645135> : vector<16xi32>
  %c9 = arith.constant dense<4> : vector<16xi32>
  %c10 = arith.constant dense<808464432> : vector<16xi32>
  %c11 = arith.constant dense<255> : vector<16xi32>
  %c12 = arith.constant dense<-3.200000000e+01> : vector<16xf32>
  %c13 = arith.constant dense<8> : vector<16xi32>
  %c14 = arith.constant dense<16> : vector<16xi32>
  %c15 = arith.constant dense<24> : vector<16xi32>
  %c16 = arith.constant dense<2> : vector<16xi32>
  scf.for %i1 = %c0 to %c1 step %c2 : i64 {
    %v3 = arith.shrui %i1, %c3 : i64
    %v4 = arith.andi %i1, %c4 : i64
    %v5 = arith.muli %v3, %c5 : i64
    %v6 = llvm.getelementptr %w[%v5] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v7 = arith.muli %v4, %c6 : i64
    %v8 = llvm.getelementptr %v6[%v7] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v9 = llvm.getelementptr %v8[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v10 = arith.muli %i1, %c7 : i64
    %v11 = llvm.getelementptr %panel[%v10] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v12 = llvm.load %v6 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v13 = arith.extf %v12 : vector<16xf16> to vector<16xf32>
    %v14 = llvm.load %v9 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi8>
    %v15 = arith.extsi %v14 : vector<16xi8> to vector<16xi32>
    %v16 = arith.sitofp %v15 : vector<16xi32> to vector<16xf32>
    %v17 = llvm.getelementptr %v9[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v18 = llvm.load %v17 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi8>
    %v19 = arith.extsi %v18 : vector<16xi8> to vector<16xi32>
    %v20 = arith.sitofp %v19 : vector<16xi32> to vector<16xf32>
    %v21 = arith.mulf %v13, %v16 : vector<16xf32>
    %v22 = arith.mulf %v13, %v20 : vector<16xf32>
    %v23 = llvm.getelementptr %v9[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v24 = llvm.load %v23 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v25 = arith.andi %v24, %c8 : vector<16xi32>
    %v26 = llvm.getelementptr %v9[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v27 = llvm.load %v26 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v28 = arith.shli %v27, %c9 : vector<16xi32>
    %v29 = arith.andi %v28, %c10 : vector<16xi32>
    %v30 = arith.ori %v25, %v29 : vector<16xi32>
    %v31 = arith.andi %v30, %c11 : vector<16xi32>
    %v32 = arith.sitofp %v31 : vector<16xi32> to vector<16xf32>
    %v33 = arith.addf %v32, %c12 : vector<16xf32>
    %v34 = arith.mulf %v33, %v21 : vector<16xf32>
    %v35 = arith.shrui %v30, %c13 : vector<16xi32>
    %v36 = arith.andi %v35, %c11 : vector<16xi32>
    %v37 = arith.sitofp %v36 : vector<16xi32> to vector<16xf32>
    %v38 = arith.addf %v37, %c12 : vector<16xf32>
    %v39 = arith.mulf %v38, %v21 : vector<16xf32>
    %v40 = arith.shrui %v30, %c14 : vector<16xi32>
    %v41 = arith.andi %v40, %c11 : vector<16xi32>
    %v42 = arith.sitofp %v41 : vector<16xi32> to vector<16xf32>
    %v43 = arith.addf %v42, %c12 : vector<16xf32>
    %v44 = arith.mulf %v43, %v21 : vector<16xf32>
    %v45 = arith.shrui %v30, %c15 : vector<16xi32>
    %v46 = arith.andi %v45, %c11 : vector<16xi32>
    %v47 = arith.sitofp %v46 : vector<16xi32> to vector<16xf32>
    %v48 = arith.addf %v47, %c12 : vector<16xf32>
    %v49 = arith.mulf %v48, %v21 : vector<16xf32>
    llvm.store %v34, %v11 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v50 = llvm.getelementptr %v11[64] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v39, %v50 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v51 = llvm.getelementptr %v11[128] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v44, %v51 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v52 = llvm.getelementptr %v11[192] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v49, %v52 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v53 = llvm.getelementptr %v9[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v54 = llvm.load %v53 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v55 = arith.andi %v54, %c8 : vector<16xi32>
    %v56 = llvm.getelementptr %v9[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v57 = llvm.load %v56 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v58 = arith.shli %v57, %c16 : vector<16xi32>
    %v59 = arith.andi %v58, %c10 : vector<16xi32>
    %v60 = arith.ori %v55, %v59 : vector<16xi32>
    %v61 = arith.andi %v60, %c11 : vector<16xi32>
    %v62 = arith.sitofp %v61 : vector<16xi32> to vector<16xf32>
    %v63 = arith.addf %v62, %c12 : vector<16xf32>
    %v64 = arith.mulf %v63, %v21 : vector<16xf32>
    %v65 = arith.shrui %v60, %c13 : vector<16xi32>
    %v66 = arith.andi %v65, %c11 : vector<16xi32>
    %v67 = arith.sitofp %v66 : vector<16xi32> to vector<16xf32>
    %v68 = arith.addf %v67, %c12 : vector<16xf32>
    %v69 = arith.mulf %v68, %v21 : vector<16xf32>
    %v70 = arith.shrui %v60, %c14 : vector<16xi32>
    %v71 = arith.andi %v70, %c11 : vector<16xi32>
    %v72 = arith.sitofp %v71 : vector<16xi32> to vector<16xf32>
    %v73 = arith.addf %v72, %c12 : vector<16xf32>
    %v74 = arith.mulf %v73, %v21 : vector<16xf32>
    %v75 = arith.shrui %v60, %c15 : vector<16xi32>
    %v76 = arith.andi %v75, %c11 : vector<16xi32>
    %v77 = arith.sitofp %v76 : vector<16xi32> to vector<16xf32>
    %v78 = arith.addf %v77, %c12 : vector<16xf32>
    %v79 = arith.mulf %v78, %v21 : vector<16xf32>
    %v80 = llvm.getelementptr %v11[256] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v64, %v80 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v81 = llvm.getelementptr %v11[320] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v69, %v81 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v82 = llvm.getelementptr %v11[384] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v74, %v82 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v83 = llvm.getelementptr %v11[448] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v79, %v83 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v84 = llvm.getelementptr %v9[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v85 = llvm.load %v84 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v86 = arith.andi %v85, %c8 : vector<16xi32>
    %v87 = llvm.getelementptr %v9[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v88 = llvm.load %v87 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v89 = arith.andi %v88, %c10 : vector<16xi32>
    %v90 = arith.ori %v86, %v89 : vector<16xi32>
    %v91 = arith.andi %v90, %c11 : vector<16xi32>
    %v92 = arith.sitofp %v91 : vector<16xi32> to vector<16xf32>
    %v93 = arith.addf %v92, %c12 : vector<16xf32>
    %v94 = arith.mulf %v93, %v21 : vector<16xf32>
    %v95 = arith.shrui %v90, %c13 : vector<16xi32>
    %v96 = arith.andi %v95, %c11 : vector<16xi32>
    %v97 = arith.sitofp %v96 : vector<16xi32> to vector<16xf32>
    %v98 = arith.addf %v97, %c12 : vector<16xf32>
    %v99 = arith.mulf %v98, %v21 : vector<16xf32>
    %v100 = arith.shrui %v90, %c14 : vector<16xi32>
    %v101 = arith.andi %v100, %c11 : vector<16xi32>
    %v102 = arith.sitofp %v101 : vector<16xi32> to vector<16xf32>
    %v103 = arith.addf %v102, %c12 : vector<16xf32>
    %v104 = arith.mulf %v103, %v21 : vector<16xf32>
    %v105 = arith.shrui %v90, %c15 : vector<16xi32>
    %v106 = arith.andi %v105, %c11 : vector<16xi32>
    %v107 = arith.sitofp %v106 : vector<16xi32> to vector<16xf32>
    %v108 = arith.addf %v107, %c12 : vector<16xf32>
    %v109 = arith.mulf %v108, %v21 : vector<16xf32>
    %v110 = llvm.getelementptr %v11[512] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v94, %v110 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v111 = llvm.getelementptr %v11[576] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v99, %v111 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v112 = llvm.getelementptr %v11[640] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v104, %v112 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v113 = llvm.getelementptr %v11[704] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v109, %v113 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v114 = llvm.getelementptr %v9[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v115 = llvm.load %v114 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v116 = arith.andi %v115, %c8 : vector<16xi32>
    %v117 = llvm.getelementptr %v9[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v118 = llvm.load %v117 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v119 = arith.shrui %v118, %c16 : vector<16xi32>
    %v120 = arith.andi %v119, %c10 : vector<16xi32>
    %v121 = arith.ori %v116, %v120 : vector<16xi32>
    %v122 = arith.andi %v121, %c11 : vector<16xi32>
    %v123 = arith.sitofp %v122 : vector<16xi32> to vector<16xf32>
    %v124 = arith.addf %v123, %c12 : vector<16xf32>
    %v125 = arith.mulf %v124, %v21 : vector<16xf32>
    %v126 = arith.shrui %v121, %c13 : vector<16xi32>
    %v127 = arith.andi %v126, %c11 : vector<16xi32>
    %v128 = arith.sitofp %v127 : vector<16xi32> to vector<16xf32>
    %v129 = arith.addf %v128, %c12 : vector<16xf32>
    %v130 = arith.mulf %v129, %v21 : vector<16xf32>
    %v131 = arith.shrui %v121, %c14 : vector<16xi32>
    %v132 = arith.andi %v131, %c11 : vector<16xi32>
    %v133 = arith.sitofp %v132 : vector<16xi32> to vector<16xf32>
    %v134 = arith.addf %v133, %c12 : vector<16xf32>
    %v135 = arith.mulf %v134, %v21 : vector<16xf32>
    %v136 = arith.shrui %v121, %c15 : vector<16xi32>
    %v137 = arith.andi %v136, %c11 : vector<16xi32>
    %v138 = arith.sitofp %v137 : vector<16xi32> to vector<16xf32>
    %v139 = arith.addf %v138, %c12 : vector<16xf32>
    %v140 = arith.mulf %v139, %v21 : vector<16xf32>
    %v141 = llvm.getelementptr %v11[768] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v125, %v141 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v142 = llvm.getelementptr %v11[832] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v130, %v142 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v143 = llvm.getelementptr %v11[896] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v135, %v143 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v144 = llvm.getelementptr %v11[960] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v140, %v144 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v145 = llvm.getelementptr %v9[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v146 = llvm.load %v145 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v147 = arith.shrui %v146, %c9 : vector<16xi32>
    %v148 = arith.andi %v147, %c8 : vector<16xi32>
    %v149 = llvm.getelementptr %v9[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v150 = llvm.load %v149 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v151 = arith.shli %v150, %c9 : vector<16xi32>
    %v152 = arith.andi %v151, %c10 : vector<16xi32>
    %v153 = arith.ori %v148, %v152 : vector<16xi32>
    %v154 = arith.andi %v153, %c11 : vector<16xi32>
    %v155 = arith.sitofp %v154 : vector<16xi32> to vector<16xf32>
    %v156 = arith.addf %v155, %c12 : vector<16xf32>
    %v157 = arith.mulf %v156, %v22 : vector<16xf32>
    %v158 = arith.shrui %v153, %c13 : vector<16xi32>
    %v159 = arith.andi %v158, %c11 : vector<16xi32>
    %v160 = arith.sitofp %v159 : vector<16xi32> to vector<16xf32>
    %v161 = arith.addf %v160, %c12 : vector<16xf32>
    %v162 = arith.mulf %v161, %v22 : vector<16xf32>
    %v163 = arith.shrui %v153, %c14 : vector<16xi32>
    %v164 = arith.andi %v163, %c11 : vector<16xi32>
    %v165 = arith.sitofp %v164 : vector<16xi32> to vector<16xf32>
    %v166 = arith.addf %v165, %c12 : vector<16xf32>
    %v167 = arith.mulf %v166, %v22 : vector<16xf32>
    %v168 = arith.shrui %v153, %c15 : vector<16xi32>
    %v169 = arith.andi %v168, %c11 : vector<16xi32>
    %v170 = arith.sitofp %v169 : vector<16xi32> to vector<16xf32>
    %v171 = arith.addf %v170, %c12 : vector<16xf32>
    %v172 = arith.mulf %v171, %v22 : vector<16xf32>
    %v173 = llvm.getelementptr %v11[1024] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v157, %v173 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v174 = llvm.getelementptr %v11[1088] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v162, %v174 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v175 = llvm.getelementptr %v11[1152] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v167, %v175 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v176 = llvm.getelementptr %v11[1216] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v172, %v176 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v177 = llvm.getelementptr %v9[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v178 = llvm.load %v177 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v179 = arith.shrui %v178, %c9 : vector<16xi32>
    %v180 = arith.andi %v179, %c8 : vector<16xi32>
    %v181 = llvm.getelementptr %v9[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v182 = llvm.load %v181 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v183 = arith.shli %v182, %c16 : vector<16xi32>
    %v184 = arith.andi %v183, %c10 : vector<16xi32>
    %v185 = arith.ori %v180, %v184 : vector<16xi32>
    %v186 = arith.andi %v185, %c11 : vector<16xi32>
    %v187 = arith.sitofp %v186 : vector<16xi32> to vector<16xf32>
    %v188 = arith.addf %v187, %c12 : vector<16xf32>
    %v189 = arith.mulf %v188, %v22 : vector<16xf32>
    %v190 = arith.shrui %v185, %c13 : vector<16xi32>
    %v191 = arith.andi %v190, %c11 : vector<16xi32>
    %v192 = arith.sitofp %v191 : vector<16xi32> to vector<16xf32>
    %v193 = arith.addf %v192, %c12 : vector<16xf32>
    %v194 = arith.mulf %v193, %v22 : vector<16xf32>
    %v195 = arith.shrui %v185, %c14 : vector<16xi32>
    %v196 = arith.andi %v195, %c11 : vector<16xi32>
    %v197 = arith.sitofp %v196 : vector<16xi32> to vector<16xf32>
    %v198 = arith.addf %v197, %c12 : vector<16xf32>
    %v199 = arith.mulf %v198, %v22 : vector<16xf32>
    %v200 = arith.shrui %v185, %c15 : vector<16xi32>
    %v201 = arith.andi %v200, %c11 : vector<16xi32>
    %v202 = arith.sitofp %v201 : vector<16xi32> to vector<16xf32>
    %v203 = arith.addf %v202, %c12 : vector<16xf32>
    %v204 = arith.mulf %v203, %v22 : vector<16xf32>
    %v205 = llvm.getelementptr %v11[1280] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v189, %v205 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v206 = llvm.getelementptr %v11[1344] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v194, %v206 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v207 = llvm.getelementptr %v11[1408] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v199, %v207 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v208 = llvm.getelementptr %v11[1472] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v204, %v208 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v209 = llvm.getelementptr %v9[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v210 = llvm.load %v209 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v211 = arith.shrui %v210, %c9 : vector<16xi32>
    %v212 = arith.andi %v211, %c8 : vector<16xi32>
    %v213 = llvm.getelementptr %v9[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v214 = llvm.load %v213 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v215 = arith.andi %v214, %c10 : vector<16xi32>
    %v216 = arith.ori %v212, %v215 : vector<16xi32>
    %v217 = arith.andi %v216, %c11 : vector<16xi32>
    %v218 = arith.sitofp %v217 : vector<16xi32> to vector<16xf32>
    %v219 = arith.addf %v218, %c12 : vector<16xf32>
    %v220 = arith.mulf %v219, %v22 : vector<16xf32>
    %v221 = arith.shrui %v216, %c13 : vector<16xi32>
    %v222 = arith.andi %v221, %c11 : vector<16xi32>
    %v223 = arith.sitofp %v222 : vector<16xi32> to vector<16xf32>
    %v224 = arith.addf %v223, %c12 : vector<16xf32>
    %v225 = arith.mulf %v224, %v22 : vector<16xf32>
    %v226 = arith.shrui %v216, %c14 : vector<16xi32>
    %v227 = arith.andi %v226, %c11 : vector<16xi32>
    %v228 = arith.sitofp %v227 : vector<16xi32> to vector<16xf32>
    %v229 = arith.addf %v228, %c12 : vector<16xf32>
    %v230 = arith.mulf %v229, %v22 : vector<16xf32>
    %v231 = arith.shrui %v216, %c15 : vector<16xi32>
    %v232 = arith.andi %v231, %c11 : vector<16xi32>
    %v233 = arith.sitofp %v232 : vector<16xi32> to vector<16xf32>
    %v234 = arith.addf %v233, %c12 : vector<16xf32>
    %v235 = arith.mulf %v234, %v22 : vector<16xf32>
    %v236 = llvm.getelementptr %v11[1536] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v220, %v236 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v237 = llvm.getelementptr %v11[1600] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v225, %v237 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v238 = llvm.getelementptr %v11[1664] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v230, %v238 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v239 = llvm.getelementptr %v11[1728] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v235, %v239 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v240 = llvm.getelementptr %v9[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v241 = llvm.load %v240 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v242 = arith.shrui %v241, %c9 : vector<16xi32>
    %v243 = arith.andi %v242, %c8 : vector<16xi32>
    %v244 = llvm.getelementptr %v9[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v245 = llvm.load %v244 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v246 = arith.shrui %v245, %c16 : vector<16xi32>
    %v247 = arith.andi %v246, %c10 : vector<16xi32>
    %v248 = arith.ori %v243, %v247 : vector<16xi32>
    %v249 = arith.andi %v248, %c11 : vector<16xi32>
    %v250 = arith.sitofp %v249 : vector<16xi32> to vector<16xf32>
    %v251 = arith.addf %v250, %c12 : vector<16xf32>
    %v252 = arith.mulf %v251, %v22 : vector<16xf32>
    %v253 = arith.shrui %v248, %c13 : vector<16xi32>
    %v254 = arith.andi %v253, %c11 : vector<16xi32>
    %v255 = arith.sitofp %v254 : vector<16xi32> to vector<16xf32>
    %v256 = arith.addf %v255, %c12 : vector<16xf32>
    %v257 = arith.mulf %v256, %v22 : vector<16xf32>
    %v258 = arith.shrui %v248, %c14 : vector<16xi32>
    %v259 = arith.andi %v258, %c11 : vector<16xi32>
    %v260 = arith.sitofp %v259 : vector<16xi32> to vector<16xf32>
    %v261 = arith.addf %v260, %c12 : vector<16xf32>
    %v262 = arith.mulf %v261, %v22 : vector<16xf32>
    %v263 = arith.shrui %v248, %c15 : vector<16xi32>
    %v264 = arith.andi %v263, %c11 : vector<16xi32>
    %v265 = arith.sitofp %v264 : vector<16xi32> to vector<16xf32>
    %v266 = arith.addf %v265, %c12 : vector<16xf32>
    %v267 = arith.mulf %v266, %v22 : vector<16xf32>
    %v268 = llvm.getelementptr %v11[1792] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v252, %v268 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v269 = llvm.getelementptr %v11[1856] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v257, %v269 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v270 = llvm.getelementptr %v11[1920] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v262, %v270 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v271 = llvm.getelementptr %v11[1984] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v267, %v271 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  }
  return
}
func.func private @matmul_k512_n96_q6_f32_f32_bias_avx512vnni_panel8(%x: !llvm.ptr, %last: i64, %w: !llvm.ptr, %out: !llvm.ptr, %centres: !llvm.ptr) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant dense<0.000000000e+00> : vector<16xf32>
  %c1 = arith.constant 0 : i64
  %c2 = arith.constant 512 : i64
  %c3 = arith.constant 4 : i64
  %c4 = arith.constant 64 : i64
  %v1 = llvm.getelementptr %x[2048] : (!llvm.ptr) -> !llvm.ptr, i8
  %v2 = llvm.getelementptr %x[4096] : (!llvm.ptr) -> !llvm.ptr, i8
  %v3 = llvm.getelementptr %x[6144] : (!llvm.ptr) -> !llvm.ptr, i8
  %v4 = llvm.getelementptr %x[8192] : (!llvm.ptr) -> !llvm.ptr, i8
  %v5 = llvm.getelementptr %x[10240] : (!llvm.ptr) -> !llvm.ptr, i8
  %v6 = llvm.getelementptr %x[12288] : (!llvm.ptr) -> !llvm.ptr, i8
  %v7 = llvm.getelementptr %x[14336] : (!llvm.ptr) -> !llvm.ptr, i8
  %r17:8 = scf.for %i8 = %c1 to %c2 step %c3 iter_args(%a9 = %c0, %a10 = %c0, %a11 = %c0, %a12 = %c0, %a13 = %c0, %a14 = %c0, %a15 = %c0, %a16 = %c0) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) : i64 {
    %v18 = arith.muli %i8, %c4 : i64
    %v19 = llvm.getelementptr %w[%v18] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v20 = arith.muli %i8, %c3 : i64
    %v21 = llvm.getelementptr %x[%v20] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v22 = llvm.getelementptr %v1[%v20] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v23 = llvm.getelementptr %v2[%v20] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v24 = llvm.getelementptr %v3[%v20] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v25 = llvm.getelementptr %v4[%v20] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v26 = llvm.getelementptr %v5[%v20] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v27 = llvm.getelementptr %v6[%v20] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v28 = llvm.getelementptr %v7[%v20] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v29 = llvm.load %v19 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
    %v30 = llvm.load %v21 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v31 = vector.broadcast %v30 : f32 to vector<16xf32>
    %v32 = vector.fma %v29, %v31, %a9 : vector<16xf32>
    %v33 = llvm.load %v22 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v34 = vector.broadcast %v33 : f32 to vector<16xf32>
    %v35 = vector.fma %v29, %v34, %a10 : vector<16xf32>
    %v36 = llvm.load %v23 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v37 = vector.broadcast %v36 : f32 to vector<16xf32>
    %v38 = vector.fma %v29, %v37, %a11 : vector<16xf32>
    %v39 = llvm.load %v24 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v40 = vector.broadcast %v39 : f32 to vector<16xf32>
    %v41 = vector.fma %v29, %v40, %a12 : vector<16xf32>
    %v42 = llvm.load %v25 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v43 = vector.broadcast %v42 : f32 to vector<16xf32>
    %v44 = vector.fma %v29, %v43, %a13 : vector<16xf32>
    %v45 = llvm.load %v26 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v46 = vector.broadcast %v45 : f32 to vector<16xf32>
    %v47 = vector.fma %v29, %v46, %a14 : vector<16xf32>
    %v48 = llvm.load %v27 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v49 = vector.broadcast %v48 : f32 to vector<16xf32>
    %v50 = vector.fma %v29, %v49, %a15 : vector<16xf32>
    %v51 = llvm.load %v28 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v52 = vector.broadcast %v51 : f32 to vector<16xf32>
    %v53 = vector.fma %v29, %v52, %a16 : vector<16xf32>
    %v54 = llvm.getelementptr %v19[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v55 = llvm.load %v54 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
    %v56 = llvm.getelementptr %v21[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v57 = llvm.load %v56 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v58 = vector.broadcast %v57 : f32 to vector<16xf32>
    %v59 = vector.fma %v55, %v58, %v32 : vector<16xf32>
    %v60 = llvm.getelementptr %v22[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v61 = llvm.load %v60 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v62 = vector.broadcast %v61 : f32 to vector<16xf32>
    %v63 = vector.fma %v55, %v62, %v35 : vector<16xf32>
    %v64 = llvm.getelementptr %v23[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v65 = llvm.load %v64 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v66 = vector.broadcast %v65 : f32 to vector<16xf32>
    %v67 = vector.fma %v55, %v66, %v38 : vector<16xf32>
    %v68 = llvm.getelementptr %v24[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v69 = llvm.load %v68 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v70 = vector.broadcast %v69 : f32 to vector<16xf32>
    %v71 = vector.fma %v55, %v70, %v41 : vector<16xf32>
    %v72 = llvm.getelementptr %v25[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v73 = llvm.load %v72 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v74 = vector.broadcast %v73 : f32 to vector<16xf32>
    %v75 = vector.fma %v55, %v74, %v44 : vector<16xf32>
    %v76 = llvm.getelementptr %v26[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v77 = llvm.load %v76 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v78 = vector.broadcast %v77 : f32 to vector<16xf32>
    %v79 = vector.fma %v55, %v78, %v47 : vector<16xf32>
    %v80 = llvm.getelementptr %v27[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v81 = llvm.load %v80 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v82 = vector.broadcast %v81 : f32 to vector<16xf32>
    %v83 = vector.fma %v55, %v82, %v50 : vector<16xf32>
    %v84 = llvm.getelementptr %v28[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v85 = llvm.load %v84 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v86 = vector.broadcast %v85 : f32 to vector<16xf32>
    %v87 = vector.fma %v55, %v86, %v53 : vector<16xf32>
    %v88 = llvm.getelementptr %v19[128] : (!llvm.ptr) -> !llvm.ptr, i8
    %v89 = llvm.load %v88 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
    %v90 = llvm.getelementptr %v21[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v91 = llvm.load %v90 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v92 = vector.broadcast %v91 : f32 to vector<16xf32>
    %v93 = vector.fma %v89, %v92, %v59 : vector<16xf32>
    %v94 = llvm.getelementptr %v22[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v95 = llvm.load %v94 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v96 = vector.broadcast %v95 : f32 to vector<16xf32>
    %v97 = vector.fma %v89, %v96, %v63 : vector<16xf32>
    %v98 = llvm.getelementptr %v23[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v99 = llvm.load %v98 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v100 = vector.broadcast %v99 : f32 to vector<16xf32>
    %v101 = vector.fma %v89, %v100, %v67 : vector<16xf32>
    %v102 = llvm.getelementptr %v24[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v103 = llvm.load %v102 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v104 = vector.broadcast %v103 : f32 to vector<16xf32>
    %v105 = vector.fma %v89, %v104, %v71 : vector<16xf32>
    %v106 = llvm.getelementptr %v25[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v107 = llvm.load %v106 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v108 = vector.broadcast %v107 : f32 to vector<16xf32>
    %v109 = vector.fma %v89, %v108, %v75 : vector<16xf32>
    %v110 = llvm.getelementptr %v26[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v111 = llvm.load %v110 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v112 = vector.broadcast %v111 : f32 to vector<16xf32>
    %v113 = vector.fma %v89, %v112, %v79 : vector<16xf32>
    %v114 = llvm.getelementptr %v27[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v115 = llvm.load %v114 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v116 = vector.broadcast %v115 : f32 to vector<16xf32>
    %v117 = vector.fma %v89, %v116, %v83 : vector<16xf32>
    %v118 = llvm.getelementptr %v28[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v119 = llvm.load %v118 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v120 = vector.broadcast %v119 : f32 to vector<16xf32>
    %v121 = vector.fma %v89, %v120, %v87 : vector<16xf32>
    %v122 = llvm.getelementptr %v19[192] : (!llvm.ptr) -> !llvm.ptr, i8
    %v123 = llvm.load %v122 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
    %v124 = llvm.getelementptr %v21[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v125 = llvm.load %v124 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v126 = vector.broadcast %v125 : f32 to vector<16xf32>
    %v127 = vector.fma %v123, %v126, %v93 : vector<16xf32>
    %v128 = llvm.getelementptr %v22[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v129 = llvm.load %v128 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v130 = vector.broadcast %v129 : f32 to vector<16xf32>
    %v131 = vector.fma %v123, %v130, %v97 : vector<16xf32>
    %v132 = llvm.getelementptr %v23[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v133 = llvm.load %v132 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v134 = vector.broadcast %v133 : f32 to vector<16xf32>
    %v135 = vector.fma %v123, %v134, %v101 : vector<16xf32>
    %v136 = llvm.getelementptr %v24[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v137 = llvm.load %v136 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v138 = vector.broadcast %v137 : f32 to vector<16xf32>
    %v139 = vector.fma %v123, %v138, %v105 : vector<16xf32>
    %v140 = llvm.getelementptr %v25[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v141 = llvm.load %v140 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v142 = vector.broadcast %v141 : f32 to vector<16xf32>
    %v143 = vector.fma %v123, %v142, %v109 : vector<16xf32>
    %v144 = llvm.getelementptr %v26[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v145 = llvm.load %v144 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v146 = vector.broadcast %v145 : f32 to vector<16xf32>
    %v147 = vector.fma %v123, %v146, %v113 : vector<16xf32>
    %v148 = llvm.getelementptr %v27[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v149 = llvm.load %v148 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v150 = vector.broadcast %v149 : f32 to vector<16xf32>
    %v151 = vector.fma %v123, %v150, %v117 : vector<16xf32>
    %v152 = llvm.getelementptr %v28[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v153 = llvm.load %v152 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v154 = vector.broadcast %v153 : f32 to vector<16xf32>
    %v155 = vector.fma %v123, %v154, %v121 : vector<16xf32>
    scf.yield %v127, %v131, %v135, %v139, %v143, %v147, %v151, %v155 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  }
  %v156 = arith.muli %c2, %c4 : i64
  %v157 = llvm.getelementptr %w[%v156] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v158 = arith.muli %c2, %c3 : i64
  %v159 = llvm.getelementptr %x[%v158] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v160 = llvm.getelementptr %v1[%v158] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v161 = llvm.getelementptr %v2[%v158] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v162 = llvm.getelementptr %v3[%v158] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v163 = llvm.getelementptr %v4[%v158] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v164 = llvm.getelementptr %v5[%v158] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v165 = llvm.getelementptr %v6[%v158] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v166 = llvm.getelementptr %v7[%v158] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  llvm.store %r17#0, %out {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v167 = llvm.getelementptr %out[128] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r17#1, %v167 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v168 = llvm.getelementptr %out[256] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r17#2, %v168 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v169 = llvm.getelementptr %out[384] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r17#3, %v169 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v170 = llvm.getelementptr %out[512] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r17#4, %v170 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v171 = llvm.getelementptr %out[640] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r17#5, %v171 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v172 = llvm.getelementptr %out[768] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r17#6, %v172 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v173 = llvm.getelementptr %out[896] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r17#7, %v173 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  return
}
func.func private @matmul_k512_n96_q6_f32_f32_bias_avx512vnni_store(%tile: !llvm.ptr, %y: !llvm.ptr, %residual: !llvm.ptr, %bias: !llvm.ptr, %row: i64, %count: i64, %unit: i64) attributes {llvm.linkage = #llvm.linkage<internal>, llvm.no_inline} {
  %c0 = arith.constant 32 : i64
  %c1 = arith.constant 128 : i64
  %c2 = arith.constant 0 : i64
  %c3 = arith.constant 1 : i64
  %c4 = arith.constant 4 : i64
  %c5 = arith.constant 384 : i64
  %v1 = arith.muli %unit, %c0 : i64
  scf.for %i2 = %c2 to %count step %c3 : i64 {
    %v4 = arith.muli %i2, %c1 : i64
    %v5 = llvm.getelementptr %tile[%v4] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v6 = arith.addi %row, %i2 : i64
    %v7 = llvm.load %v5 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
    %v8 = arith.muli %v1, %c4 : i64
    %v9 = llvm.getelementptr %bias[%v8] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v10 = llvm.load %v9 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
    %v11 = arith.addf %v7, %v10 : vector<16xf32>
    %v12 = llvm.getelementptr %v5[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v13 = llvm.load %v12 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
    %v14 = arith.muli %v1, %c4 : i64
    %v15 = llvm.getelementptr %bias[%v14] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v16 = llvm.getelementptr %v15[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v17 = llvm.load %v16 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
    %v18 = arith.addf %v13, %v17 : vector<16xf32>
    %v19 = arith.muli %v6, %c5 : i64
    %v20 = llvm.getelementptr %y[%v19] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v21 = arith.muli %v1, %c4 : i64
    %v22 = llvm.getelementptr %v20[%v21] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    llvm.store %v11, %v22 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    %v23 = llvm.getelementptr %v22[64] : (!llvm.ptr) -> !llvm.ptr, i8
    llvm.store %v18, %v23 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  }
  return
}
func.func @matmul_k512_n96_q6_f32_f32_bias_avx512vnni(%x: !llvm.ptr, %y: !llvm.ptr, %residual: !llvm.ptr, %w: !llvm.ptr, %bias: !llvm.ptr, %rows: i64, %begin: i64, %end: i64) {
  %c0 = arith.constant 1024 : i64
  %c1 = arith.constant 1 : i64
  %c2 = arith.constant 8 : i64
  %c3 = arith.constant 65536 : i64
  %c4 = arith.constant 13440 : i64
  %c5 = arith.constant 16 : i64
  %c6 = arith.constant 0 : i64
  %c7 = arith.constant 2 : i64
  %c8 = arith.constant 6720 : i64
  %c9 = arith.constant 32768 : i64
  %c10 = arith.constant 2048 : i64
  %c11 = arith.constant 64 : i64
  %c12 = arith.constant 4 : i64
  %stack0 = llvm.alloca %c0 x i8 {alignment = 64 : i64} : (i64) -> !llvm.ptr
  %stack1 = llvm.alloca %c3 x i8 {alignment = 64 : i64} : (i64) -> !llvm.ptr
  scf.for %i1 = %begin to %end step %c1 : i64 {
    %v3 = arith.addi %i1, %c1 : i64
    %v4 = arith.minsi %v3, %end : i64
    %v5 = arith.muli %i1, %c4 : i64
    %v6 = llvm.getelementptr %w[%v5] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v7 = arith.cmpi sge, %rows, %c5 : i64
    %v8 = arith.divui %rows, %c2 : i64
    %v9 = arith.muli %v8, %c2 : i64
    %v10 = arith.select %v7, %v9, %c6 : i64
    scf.if %v7 {
      scf.for %i11 = %c6 to %c7 step %c1 : i64 {
        %v13 = arith.muli %i11, %c8 : i64
        %v14 = arith.muli %i11, %c9 : i64
        %v15 = llvm.getelementptr %v6[%v13] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v16 = llvm.getelementptr %stack1[%v14] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        func.call @matmul_k512_n96_q6_f32_f32_bias_avx512vnni_unpack(%v15, %v16) : (!llvm.ptr, !llvm.ptr) -> ()
      }
      scf.for %i17 = %c6 to %v10 step %c2 : i64 {
        %v19 = arith.muli %i17, %c10 : i64
        %v20 = llvm.getelementptr %x[%v19] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        scf.for %i21 = %c6 to %c7 step %c1 : i64 {
          %v23 = arith.muli %i21, %c9 : i64
          %v24 = llvm.getelementptr %stack1[%v23] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          %v25 = arith.muli %i21, %c11 : i64
          %v26 = llvm.getelementptr %stack0[%v25] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          func.call @matmul_k512_n96_q6_f32_f32_bias_avx512vnni_panel8(%v20, %c6, %v24, %v26, %x) : (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
        }
        func.call @matmul_k512_n96_q6_f32_f32_bias_avx512vnni_store(%stack0, %y, %residual, %bias, %i17, %c2, %i1) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
      }
    }
    scf.for %i27 = %v10 to %rows step %c12 : i64 {
      %v29 = arith.subi %rows, %i27 : i64
      scf.for %i30 = %i1 to %v4 step %c1 : i64 {
        %v32 = arith.muli %i30, %c4 : i64
        %v33 = llvm.getelementptr %w[%v32] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v34 = arith.subi %rows, %i27 : i64
        %v35 = arith.subi %v34, %c1 : i64
        %v36 = arith.minsi %v34, %c12 : i64
        %v37 = arith.cmpi sgt, %v36, %c6 : i64
        %v38 = arith.cmpi sle, %v36, %c1 : i64
        %v39 = arith.andi %v37, %v38 : i1
        scf.if %v39 {
          %v40 = arith.muli %i27, %c10 : i64
          %v41 = llvm.getelementptr %x[%v40] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          scf.for %i42 = %c6 to %c7 step %c1 : i64 {
            %v44 = arith.muli %i42, %c8 : i64
            %v45 = llvm.getelementptr %v33[%v44] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            %v46 = arith.muli %i42, %c11 : i64
            %v47 = llvm.getelementptr %stack0[%v46] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            func.call @matmul_k512_n96_q6_f32_f32_bias_avx512vnni_tile1(%v41, %v35, %v45, %v47, %x) : (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
          }
          %v48 = llvm.getelementptr %v33[13440] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v48) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v49 = llvm.getelementptr %v33[13504] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v49) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v50 = llvm.getelementptr %v33[13568] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v50) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v51 = llvm.getelementptr %v33[13632] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v51) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v52 = llvm.getelementptr %v33[13696] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v52) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v53 = llvm.getelementptr %v33[13760] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v53) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v54 = llvm.getelementptr %v33[13824] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v54) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v55 = llvm.getelementptr %v33[13888] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v55) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v56 = llvm.getelementptr %v33[13952] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v56) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v57 = llvm.getelementptr %v33[14016] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v57) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v58 = llvm.getelementptr %v33[14080] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v58) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v59 = llvm.getelementptr %v33[14144] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v59) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v60 = llvm.getelementptr %v33[14208] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v60) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v61 = llvm.getelementptr %v33[14272] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v61) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v62 = llvm.getelementptr %v33[14336] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v62) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v63 = llvm.getelementptr %v33[14400] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v63) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v64 = llvm.getelementptr %v33[14464] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v64) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v65 = llvm.getelementptr %v33[14528] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v65) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v66 = llvm.getelementptr %v33[14592] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v66) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v67 = llvm.getelementptr %v33[14656] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v67) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v68 = llvm.getelementptr %v33[14720] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v68) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v69 = llvm.getelementptr %v33[14784] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v69) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v70 = llvm.getelementptr %v33[14848] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v70) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v71 = llvm.getelementptr %v33[14912] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v71) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v72 = llvm.getelementptr %v33[14976] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v72) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v73 = llvm.getelementptr %v33[15040] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v73) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v74 = llvm.getelementptr %v33[15104] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v74) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v75 = llvm.getelementptr %v33[15168] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v75) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v76 = llvm.getelementptr %v33[15232] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v76) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v77 = llvm.getelementptr %v33[15296] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v77) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v78 = llvm.getelementptr %v33[15360] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v78) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          %v79 = llvm.getelementptr %v33[15424] : (!llvm.ptr) -> !llvm.ptr, i8
          "llvm.intr.prefetch"(%v79) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
          func.call @matmul_k512_n96_q6_f32_f32_bias_avx512vnni_store(%stack0, %y, %residual, %bias, %i27, %v36, %i30) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
        }
        %v80 = arith.cmpi sgt, %v36, %c1 : i64
        %v81 = arith.cmpi sle, %v36, %c12 : i64
        %v82 = arith.andi %v80, %v81 : i1
        scf.if %v82 {
          %v83 = arith.muli %i27, %c10 : i64
          %v84 = llvm.getelementptr %x[%v83] : (!llvm.ptr, i64) -> !llvm.ptr, i8
          scf.for %i85 = %c6 to %c7 step %c1 : i64 {
            %v87 = arith.muli %i85, %c8 : i64
            %v88 = llvm.getelementptr %v33[%v87] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            %v89 = arith.muli %i85, %c11 : i64
            %v90 = llvm.getelementptr %stack0[%v89] : (!llvm.ptr, i64) -> !llvm.ptr, i8
            func.call @matmul_k512_n96_q6_f32_f32_bias_avx512vnni_tile4(%v84, %v35, %v88, %v90, %x) : (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
          }
          func.call @matmul_k512_n96_q6_f32_f32_bias_avx512vnni_store(%stack0, %y, %residual, %bias, %i27, %v36, %i30) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64) -> ()
        }
      }
    }
  }
  return
}
