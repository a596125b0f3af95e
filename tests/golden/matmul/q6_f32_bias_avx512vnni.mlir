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
    %v28 = llvm.getelementptr %v27[6144] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v28) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v29 = llvm.getelementptr %v27[6208] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v29) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v30 = llvm.getelementptr %v27[6272] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v30) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v31 = llvm.getelementptr %v27[6336] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v31) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v32 = llvm.getelementptr %v27[6400] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v32) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v33 = llvm.getelementptr %v27[6464] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v33) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v34 = llvm.getelementptr %v27[6528] : (!llvm.ptr) -> !llvm.ptr, i8
    "llvm.intr.prefetch"(%v34) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
    %v35 = llvm.load %v24 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf16>
    %v36 = arith.extf %v35 : vector<16xf16> to vector<16xf32>
    %v37 = llvm.load %v27 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi8>
    %v38 = arith.extsi %v37 : vector<16xi8> to vector<16xi32>
    %v39 = arith.sitofp %v38 : vector<16xi32> to vector<16xf32>
    %v40 = llvm.getelementptr %v27[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v41 = llvm.load %v40 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi8>
    %v42 = arith.extsi %v41 : vector<16xi8> to vector<16xi32>
    %v43 = arith.sitofp %v42 : vector<16xi32> to vector<16xf32>
    %v44 = arith.mulf %v36, %v39 : vector<16xf32>
    %v45 = arith.mulf %v36, %v43 : vector<16xf32>
    %v46 = llvm.getelementptr %v27[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v47 = llvm.load %v46 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v48 = arith.andi %v47, %c11 : vector<16xi32>
    %v49 = llvm.getelementptr %v27[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v50 = llvm.load %v49 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v51 = arith.shli %v50, %c12 : vector<16xi32>
    %v52 = arith.andi %v51, %c13 : vector<16xi32>
    %v53 = arith.ori %v48, %v52 : vector<16xi32>
    %v54 = arith.andi %v53, %c14 : vector<16xi32>
    %v55 = arith.sitofp %v54 : vector<16xi32> to vector<16xf32>
    %v56 = arith.addf %v55, %c15 : vector<16xf32>
    %v57 = arith.mulf %v56, %v44 : vector<16xf32>
    %v58 = arith.shrui %v53, %c16 : vector<16xi32>
    %v59 = arith.andi %v58, %c14 : vector<16xi32>
    %v60 = arith.sitofp %v59 : vector<16xi32> to vector<16xf32>
    %v61 = arith.addf %v60, %c15 : vector<16xf32>
    %v62 = arith.mulf %v61, %v44 : vector<16xf32>
    %v63 = arith.shrui %v53, %c17 : vector<16xi32>
    %v64 = arith.andi %v63, %c14 : vector<16xi32>
    %v65 = arith.sitofp %v64 : vector<16xi32> to vector<16xf32>
    %v66 = arith.addf %v65, %c15 : vector<16xf32>
    %v67 = arith.mulf %v66, %v44 : vector<16xf32>
    %v68 = arith.shrui %v53, %c18 : vector<16xi32>
    %v69 = arith.andi %v68, %c14 : vector<16xi32>
    %v70 = arith.sitofp %v69 : vector<16xi32> to vector<16xf32>
    %v71 = arith.addf %v70, %c15 : vector<16xf32>
    %v72 = arith.mulf %v71, %v44 : vector<16xf32>
    %v73 = llvm.load %v17 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v74 = vector.broadcast %v73 : f32 to vector<16xf32>
    %v75 = vector.fma %v57, %v74, %a11 : vector<16xf32>
    %v76 = llvm.load %v18 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v77 = vector.broadcast %v76 : f32 to vector<16xf32>
    %v78 = vector.fma %v57, %v77, %a12 : vector<16xf32>
    %v79 = llvm.load %v19 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v80 = vector.broadcast %v79 : f32 to vector<16xf32>
    %v81 = vector.fma %v57, %v80, %a13 : vector<16xf32>
    %v82 = llvm.load %v20 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v83 = vector.broadcast %v82 : f32 to vector<16xf32>
    %v84 = vector.fma %v57, %v83, %a14 : vector<16xf32>
    %v85 = llvm.getelementptr %v17[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v86 = llvm.load %v85 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v87 = vector.broadcast %v86 : f32 to vector<16xf32>
    %v88 = vector.fma %v62, %v87, %v75 : vector<16xf32>
    %v89 = llvm.getelementptr %v18[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v90 = llvm.load %v89 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v91 = vector.broadcast %v90 : f32 to vector<16xf32>
    %v92 = vector.fma %v62, %v91, %v78 : vector<16xf32>
    %v93 = llvm.getelementptr %v19[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v94 = llvm.load %v93 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v95 = vector.broadcast %v94 : f32 to vector<16xf32>
    %v96 = vector.fma %v62, %v95, %v81 : vector<16xf32>
    %v97 = llvm.getelementptr %v20[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v98 = llvm.load %v97 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v99 = vector.broadcast %v98 : f32 to vector<16xf32>
    %v100 = vector.fma %v62, %v99, %v84 : vector<16xf32>
    %v101 = llvm.getelementptr %v17[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v102 = llvm.load %v101 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v103 = vector.broadcast %v102 : f32 to vector<16xf32>
    %v104 = vector.fma %v67, %v103, %v88 : vector<16xf32>
    %v105 = llvm.getelementptr %v18[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v106 = llvm.load %v105 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v107 = vector.broadcast %v106 : f32 to vector<16xf32>
    %v108 = vector.fma %v67, %v107, %v92 : vector<16xf32>
    %v109 = llvm.getelementptr %v19[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v110 = llvm.load %v109 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v111 = vector.broadcast %v110 : f32 to vector<16xf32>
    %v112 = vector.fma %v67, %v111, %v96 : vector<16xf32>
    %v113 = llvm.getelementptr %v20[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %v114 = llvm.load %v113 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v115 = vector.broadcast %v114 : f32 to vector<16xf32>
    %v116 = vector.fma %v67, %v115, %v100 : vector<16xf32>
    %v117 = llvm.getelementptr %v17[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v118 = llvm.load %v117 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v119 = vector.broadcast %v118 : f32 to vector<16xf32>
    %v120 = vector.fma %v72, %v119, %v104 : vector<16xf32>
    %v121 = llvm.getelementptr %v18[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v122 = llvm.load %v121 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v123 = vector.broadcast %v122 : f32 to vector<16xf32>
    %v124 = vector.fma %v72, %v123, %v108 : vector<16xf32>
    %v125 = llvm.getelementptr %v19[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v126 = llvm.load %v125 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v127 = vector.broadcast %v126 : f32 to vector<16xf32>
    %v128 = vector.fma %v72, %v127, %v112 : vector<16xf32>
    %v129 = llvm.getelementptr %v20[12] : (!llvm.ptr) -> !llvm.ptr, i8
    %v130 = llvm.load %v129 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v131 = vector.broadcast %v130 : f32 to vector<16xf32>
    %v132 = vector.fma %v72, %v131, %v116 : vector<16xf32>
    %v133 = llvm.getelementptr %v27[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v134 = llvm.load %v133 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v135 = arith.andi %v134, %c11 : vector<16xi32>
    %v136 = llvm.getelementptr %v27[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v137 = llvm.load %v136 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v138 = arith.shli %v137, %c19 : vector<16xi32>
    %v139 = arith.andi %v138, %c13 : vector<16xi32>
    %v140 = arith.ori %v135, %v139 : vector<16xi32>
    %v141 = arith.andi %v140, %c14 : vector<16xi32>
    %v142 = arith.sitofp %v141 : vector<16xi32> to vector<16xf32>
    %v143 = arith.addf %v142, %c15 : vector<16xf32>
    %v144 = arith.mulf %v143, %v44 : vector<16xf32>
    %v145 = arith.shrui %v140, %c16 : vector<16xi32>
    %v146 = arith.andi %v145, %c14 : vector<16xi32>
    %v147 = arith.sitofp %v146 : vector<16xi32> to vector<16xf32>
    %v148 = arith.addf %v147, %c15 : vector<16xf32>
    %v149 = arith.mulf %v148, %v44 : vector<16xf32>
    %v150 = arith.shrui %v140, %c17 : vector<16xi32>
    %v151 = arith.andi %v150, %c14 : vector<16xi32>
    %v152 = arith.sitofp %v151 : vector<16xi32> to vector<16xf32>
    %v153 = arith.addf %v152, %c15 : vector<16xf32>
    %v154 = arith.mulf %v153, %v44 : vector<16xf32>
    %v155 = arith.shrui %v140, %c18 : vector<16xi32>
    %v156 = arith.andi %v155, %c14 : vector<16xi32>
    %v157 = arith.sitofp %v156 : vector<16xi32> to vector<16xf32>
    %v158 = arith.addf %v157, %c15 : vector<16xf32>
    %v159 = arith.mulf %v158, %v44 : vector<16xf32>
    %v160 = llvm.getelementptr %v17[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v161 = llvm.load %v160 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v162 = vector.broadcast %v161 : f32 to vector<16xf32>
    %v163 = vector.fma %v144, %v162, %v120 : vector<16xf32>
    %v164 = llvm.getelementptr %v18[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v165 = llvm.load %v164 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v166 = vector.broadcast %v165 : f32 to vector<16xf32>
    %v167 = vector.fma %v144, %v166, %v124 : vector<16xf32>
    %v168 = llvm.getelementptr %v19[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v169 = llvm.load %v168 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v170 = vector.broadcast %v169 : f32 to vector<16xf32>
    %v171 = vector.fma %v144, %v170, %v128 : vector<16xf32>
    %v172 = llvm.getelementptr %v20[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %v173 = llvm.load %v172 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v174 = vector.broadcast %v173 : f32 to vector<16xf32>
    %v175 = vector.fma %v144, %v174, %v132 : vector<16xf32>
    %v176 = llvm.getelementptr %v17[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v177 = llvm.load %v176 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v178 = vector.broadcast %v177 : f32 to vector<16xf32>
    %v179 = vector.fma %v149, %v178, %v163 : vector<16xf32>
    %v180 = llvm.getelementptr %v18[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v181 = llvm.load %v180 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v182 = vector.broadcast %v181 : f32 to vector<16xf32>
    %v183 = vector.fma %v149, %v182, %v167 : vector<16xf32>
    %v184 = llvm.getelementptr %v19[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v185 = llvm.load %v184 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v186 = vector.broadcast %v185 : f32 to vector<16xf32>
    %v187 = vector.fma %v149, %v186, %v171 : vector<16xf32>
    %v188 = llvm.getelementptr %v20[20] : (!llvm.ptr) -> !llvm.ptr, i8
    %v189 = llvm.load %v188 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v190 = vector.broadcast %v189 : f32 to vector<16xf32>
    %v191 = vector.fma %v149, %v190, %v175 : vector<16xf32>
    %v192 = llvm.getelementptr %v17[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v193 = llvm.load %v192 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v194 = vector.broadcast %v193 : f32 to vector<16xf32>
    %v195 = vector.fma %v154, %v194, %v179 : vector<16xf32>
    %v196 = llvm.getelementptr %v18[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v197 = llvm.load %v196 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v198 = vector.broadcast %v197 : f32 to vector<16xf32>
    %v199 = vector.fma %v154, %v198, %v183 : vector<16xf32>
    %v200 = llvm.getelementptr %v19[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v201 = llvm.load %v200 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v202 = vector.broadcast %v201 : f32 to vector<16xf32>
    %v203 = vector.fma %v154, %v202, %v187 : vector<16xf32>
    %v204 = llvm.getelementptr %v20[24] : (!llvm.ptr) -> !llvm.ptr, i8
    %v205 = llvm.load %v204 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v206 = vector.broadcast %v205 : f32 to vector<16xf32>
    %v207 = vector.fma %v154, %v206, %v191 : vector<16xf32>
    %v208 = llvm.getelementptr %v17[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v209 = llvm.load %v208 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v210 = vector.broadcast %v209 : f32 to vector<16xf32>
    %v211 = vector.fma %v159, %v210, %v195 : vector<16xf32>
    %v212 = llvm.getelementptr %v18[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v213 = llvm.load %v212 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v214 = vector.broadcast %v213 : f32 to vector<16xf32>
    %v215 = vector.fma %v159, %v214, %v199 : vector<16xf32>
    %v216 = llvm.getelementptr %v19[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v217 = llvm.load %v216 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v218 = vector.broadcast %v217 : f32 to vector<16xf32>
    %v219 = vector.fma %v159, %v218, %v203 : vector<16xf32>
    %v220 = llvm.getelementptr %v20[28] : (!llvm.ptr) -> !llvm.ptr, i8
    %v221 = llvm.load %v220 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v222 = vector.broadcast %v221 : f32 to vector<16xf32>
    %v223 = vector.fma %v159, %v222, %v207 : vector<16xf32>
    %v224 = llvm.getelementptr %v27[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v225 = llvm.load %v224 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v226 = arith.andi %v225, %c11 : vector<16xi32>
    %v227 = llvm.getelementptr %v27[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v228 = llvm.load %v227 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v229 = arith.andi %v228, %c13 : vector<16xi32>
    %v230 = arith.ori %v226, %v229 : vector<16xi32>
    %v231 = arith.andi %v230, %c14 : vector<16xi32>
    %v232 = arith.sitofp %v231 : vector<16xi32> to vector<16xf32>
    %v233 = arith.addf %v232, %c15 : vector<16xf32>
    %v234 = arith.mulf %v233, %v44 : vector<16xf32>
    %v235 = arith.shrui %v230, %c16 : vector<16xi32>
    %v236 = arith.andi %v235, %c14 : vector<16xi32>
    %v237 = arith.sitofp %v236 : vector<16xi32> to vector<16xf32>
    %v238 = arith.addf %v237, %c15 : vector<16xf32>
    %v239 = arith.mulf %v238, %v44 : vector<16xf32>
    %v240 = arith.shrui %v230, %c17 : vector<16xi32>
    %v241 = arith.andi %v240, %c14 : vector<16xi32>
    %v242 = arith.sitofp %v241 : vector<16xi32> to vector<16xf32>
    %v243 = arith.addf %v242, %c15 : vector<16xf32>
    %v244 = arith.mulf %v243, %v44 : vector<16xf32>
    %v245 = arith.shrui %v230, %c18 : vector<16xi32>
    %v246 = arith.andi %v245, %c14 : vector<16xi32>
    %v247 = arith.sitofp %v246 : vector<16xi32> to vector<16xf32>
    %v248 = arith.addf %v247, %c15 : vector<16xf32>
    %v249 = arith.mulf %v248, %v44 : vector<16xf32>
    %v250 = llvm.getelementptr %v17[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v251 = llvm.load %v250 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v252 = vector.broadcast %v251 : f32 to vector<16xf32>
    %v253 = vector.fma %v234, %v252, %v211 : vector<16xf32>
    %v254 = llvm.getelementptr %v18[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v255 = llvm.load %v254 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v256 = vector.broadcast %v255 : f32 to vector<16xf32>
    %v257 = vector.fma %v234, %v256, %v215 : vector<16xf32>
    %v258 = llvm.getelementptr %v19[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v259 = llvm.load %v258 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v260 = vector.broadcast %v259 : f32 to vector<16xf32>
    %v261 = vector.fma %v234, %v260, %v219 : vector<16xf32>
    %v262 = llvm.getelementptr %v20[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v263 = llvm.load %v262 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v264 = vector.broadcast %v263 : f32 to vector<16xf32>
    %v265 = vector.fma %v234, %v264, %v223 : vector<16xf32>
    %v266 = llvm.getelementptr %v17[36] : (!llvm.ptr) -> !llvm.ptr, i8
    %v267 = llvm.load %v266 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v268 = vector.broadcast %v267 : f32 to vector<16xf32>
    %v269 = vector.fma %v239, %v268, %v253 : vector<16xf32>
    %v270 = llvm.getelementptr %v18[36] : (!llvm.ptr) -> !llvm.ptr, i8
    %v271 = llvm.load %v270 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v272 = vector.broadcast %v271 : f32 to vector<16xf32>
    %v273 = vector.fma %v239, %v272, %v257 : vector<16xf32>
    %v274 = llvm.getelementptr %v19[36] : (!llvm.ptr) -> !llvm.ptr, i8
    %v275 = llvm.load %v274 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v276 = vector.broadcast %v275 : f32 to vector<16xf32>
    %v277 = vector.fma %v239, %v276, %v261 : vector<16xf32>
    %v278 = llvm.getelementptr %v20[36] : (!llvm.ptr) -> !llvm.ptr, i8
    %v279 = llvm.load %v278 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v280 = vector.broadcast %v279 : f32 to vector<16xf32>
    %v281 = vector.fma %v239, %v280, %v265 : vector<16xf32>
    %v282 = llvm.getelementptr %v17[40] : (!llvm.ptr) -> !llvm.ptr, i8
    %v283 = llvm.load %v282 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v284 = vector.broadcast %v283 : f32 to vector<16xf32>
    %v285 = vector.fma %v244, %v284, %v269 : vector<16xf32>
    %v286 = llvm.getelementptr %v18[40] : (!llvm.ptr) -> !llvm.ptr, i8
    %v287 = llvm.load %v286 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v288 = vector.broadcast %v287 : f32 to vector<16xf32>
    %v289 = vector.fma %v244, %v288, %v273 : vector<16xf32>
    %v290 = llvm.getelementptr %v19[40] : (!llvm.ptr) -> !llvm.ptr, i8
    %v291 = llvm.load %v290 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v292 = vector.broadcast %v291 : f32 to vector<16xf32>
    %v293 = vector.fma %v244, %v292, %v277 : vector<16xf32>
    %v294 = llvm.getelementptr %v20[40] : (!llvm.ptr) -> !llvm.ptr, i8
    %v295 = llvm.load %v294 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v296 = vector.broadcast %v295 : f32 to vector<16xf32>
    %v297 = vector.fma %v244, %v296, %v281 : vector<16xf32>
    %v298 = llvm.getelementptr %v17[44] : (!llvm.ptr) -> !llvm.ptr, i8
    %v299 = llvm.load %v298 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v300 = vector.broadcast %v299 : f32 to vector<16xf32>
    %v301 = vector.fma %v249, %v300, %v285 : vector<16xf32>
    %v302 = llvm.getelementptr %v18[44] : (!llvm.ptr) -> !llvm.ptr, i8
    %v303 = llvm.load %v302 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v304 = vector.broadcast %v303 : f32 to vector<16xf32>
    %v305 = vector.fma %v249, %v304, %v289 : vector<16xf32>
    %v306 = llvm.getelementptr %v19[44] : (!llvm.ptr) -> !llvm.ptr, i8
    %v307 = llvm.load %v306 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v308 = vector.broadcast %v307 : f32 to vector<16xf32>
    %v309 = vector.fma %v249, %v308, %v293 : vector<16xf32>
    %v310 = llvm.getelementptr %v20[44] : (!llvm.ptr) -> !llvm.ptr, i8
    %v311 = llvm.load %v310 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v312 = vector.broadcast %v311 : f32 to vector<16xf32>
    %v313 = vector.fma %v249, %v312, %v297 : vector<16xf32>
    %v314 = llvm.getelementptr %v27[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v315 = llvm.load %v314 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v316 = arith.andi %v315, %c11 : vector<16xi32>
    %v317 = llvm.getelementptr %v27[288] : (!llvm.ptr) -> !llvm.ptr, i8
    %v318 = llvm.load %v317 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v319 = arith.shrui %v318, %c19 : vector<16xi32>
    %v320 = arith.andi %v319, %c13 : vector<16xi32>
    %v321 = arith.ori %v316, %v320 : vector<16xi32>
    %v322 = arith.andi %v321, %c14 : vector<16xi32>
    %v323 = arith.sitofp %v322 : vector<16xi32> to vector<16xf32>
    %v324 = arith.addf %v323, %c15 : vector<16xf32>
    %v325 = arith.mulf %v324, %v44 : vector<16xf32>
    %v326 = arith.shrui %v321, %c16 : vector<16xi32>
    %v327 = arith.andi %v326, %c14 : vector<16xi32>
    %v328 = arith.sitofp %v327 : vector<16xi32> to vector<16xf32>
    %v329 = arith.addf %v328, %c15 : vector<16xf32>
    %v330 = arith.mulf %v329, %v44 : vector<16xf32>
    %v331 = arith.shrui %v321, %c17 : vector<16xi32>
    %v332 = arith.andi %v331, %c14 : vector<16xi32>
    %v333 = arith.sitofp %v332 : vector<16xi32> to vector<16xf32>
    %v334 = arith.addf %v333, %c15 : vector<16xf32>
    %v335 = arith.mulf %v334, %v44 : vector<16xf32>
    %v336 = arith.shrui %v321, %c18 : vector<16xi32>
    %v337 = arith.andi %v336, %c14 : vector<16xi32>
    %v338 = arith.sitofp %v337 : vector<16xi32> to vector<16xf32>
    %v339 = arith.addf %v338, %c15 : vector<16xf32>
    %v340 = arith.mulf %v339, %v44 : vector<16xf32>
    %v341 = llvm.getelementptr %v17[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v342 = llvm.load %v341 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v343 = vector.broadcast %v342 : f32 to vector<16xf32>
    %v344 = vector.fma %v325, %v343, %v301 : vector<16xf32>
    %v345 = llvm.getelementptr %v18[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v346 = llvm.load %v345 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v347 = vector.broadcast %v346 : f32 to vector<16xf32>
    %v348 = vector.fma %v325, %v347, %v305 : vector<16xf32>
    %v349 = llvm.getelementptr %v19[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v350 = llvm.load %v349 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v351 = vector.broadcast %v350 : f32 to vector<16xf32>
    %v352 = vector.fma %v325, %v351, %v309 : vector<16xf32>
    %v353 = llvm.getelementptr %v20[48] : (!llvm.ptr) -> !llvm.ptr, i8
    %v354 = llvm.load %v353 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v355 = vector.broadcast %v354 : f32 to vector<16xf32>
    %v356 = vector.fma %v325, %v355, %v313 : vector<16xf32>
    %v357 = llvm.getelementptr %v17[52] : (!llvm.ptr) -> !llvm.ptr, i8
    %v358 = llvm.load %v357 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v359 = vector.broadcast %v358 : f32 to vector<16xf32>
    %v360 = vector.fma %v330, %v359, %v344 : vector<16xf32>
    %v361 = llvm.getelementptr %v18[52] : (!llvm.ptr) -> !llvm.ptr, i8
    %v362 = llvm.load %v361 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v363 = vector.broadcast %v362 : f32 to vector<16xf32>
    %v364 = vector.fma %v330, %v363, %v348 : vector<16xf32>
    %v365 = llvm.getelementptr %v19[52] : (!llvm.ptr) -> !llvm.ptr, i8
    %v366 = llvm.load %v365 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v367 = vector.broadcast %v366 : f32 to vector<16xf32>
    %v368 = vector.fma %v330, %v367, %v352 : vector<16xf32>
    %v369 = llvm.getelementptr %v20[52] : (!llvm.ptr) -> !llvm.ptr, i8
    %v370 = llvm.load %v369 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v371 = vector.broadcast %v370 : f32 to vector<16xf32>
    %v372 = vector.fma %v330, %v371, %v356 : vector<16xf32>
    %v373 = llvm.getelementptr %v17[56] : (!llvm.ptr) -> !llvm.ptr, i8
    %v374 = llvm.load %v373 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v375 = vector.broadcast %v374 : f32 to vector<16xf32>
    %v376 = vector.fma %v335, %v375, %v360 : vector<16xf32>
    %v377 = llvm.getelementptr %v18[56] : (!llvm.ptr) -> !llvm.ptr, i8
    %v378 = llvm.load %v377 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v379 = vector.broadcast %v378 : f32 to vector<16xf32>
    %v380 = vector.fma %v335, %v379, %v364 : vector<16xf32>
    %v381 = llvm.getelementptr %v19[56] : (!llvm.ptr) -> !llvm.ptr, i8
    %v382 = llvm.load %v381 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v383 = vector.broadcast %v382 : f32 to vector<16xf32>
    %v384 = vector.fma %v335, %v383, %v368 : vector<16xf32>
    %v385 = llvm.getelementptr %v20[56] : (!llvm.ptr) -> !llvm.ptr, i8
    %v386 = llvm.load %v385 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v387 = vector.broadcast %v386 : f32 to vector<16xf32>
    %v388 = vector.fma %v335, %v387, %v372 : vector<16xf32>
    %v389 = llvm.getelementptr %v17[60] : (!llvm.ptr) -> !llvm.ptr, i8
    %v390 = llvm.load %v389 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v391 = vector.broadcast %v390 : f32 to vector<16xf32>
    %v392 = vector.fma %v340, %v391, %v376 : vector<16xf32>
    %v393 = llvm.getelementptr %v18[60] : (!llvm.ptr) -> !llvm.ptr, i8
    %v394 = llvm.load %v393 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v395 = vector.broadcast %v394 : f32 to vector<16xf32>
    %v396 = vector.fma %v340, %v395, %v380 : vector<16xf32>
    %v397 = llvm.getelementptr %v19[60] : (!llvm.ptr) -> !llvm.ptr, i8
    %v398 = llvm.load %v397 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v399 = vector.broadcast %v398 : f32 to vector<16xf32>
    %v400 = vector.fma %v340, %v399, %v384 : vector<16xf32>
    %v401 = llvm.getelementptr %v20[60] : (!llvm.ptr) -> !llvm.ptr, i8
    %v402 = llvm.load %v401 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v403 = vector.broadcast %v402 : f32 to vector<16xf32>
    %v404 = vector.fma %v340, %v403, %v388 : vector<16xf32>
    %v405 = llvm.getelementptr %v27[32] : (!llvm.ptr) -> !llvm.ptr, i8
    %v406 = llvm.load %v405 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v407 = arith.shrui %v406, %c12 : vector<16xi32>
    %v408 = arith.andi %v407, %c11 : vector<16xi32>
    %v409 = llvm.getelementptr %v27[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v410 = llvm.load %v409 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v411 = arith.shli %v410, %c12 : vector<16xi32>
    %v412 = arith.andi %v411, %c13 : vector<16xi32>
    %v413 = arith.ori %v408, %v412 : vector<16xi32>
    %v414 = arith.andi %v413, %c14 : vector<16xi32>
    %v415 = arith.sitofp %v414 : vector<16xi32> to vector<16xf32>
    %v416 = arith.addf %v415, %c15 : vector<16xf32>
    %v417 = arith.mulf %v416, %v45 : vector<16xf32>
    %v418 = arith.shrui %v413, %c16 : vector<16xi32>
    %v419 = arith.andi %v418, %c14 : vector<16xi32>
    %v420 = arith.sitofp %v419 : vector<16xi32> to vector<16xf32>
    %v421 = arith.addf %v420, %c15 : vector<16xf32>
    %v422 = arith.mulf %v421, %v45 : vector<16xf32>
    %v423 = arith.shrui %v413, %c17 : vector<16xi32>
    %v424 = arith.andi %v423, %c14 : vector<16xi32>
    %v425 = arith.sitofp %v424 : vector<16xi32> to vector<16xf32>
    %v426 = arith.addf %v425, %c15 : vector<16xf32>
    %v427 = arith.mulf %v426, %v45 : vector<16xf32>
    %v428 = arith.shrui %v413, %c18 : vector<16xi32>
    %v429 = arith.andi %v428, %c14 : vector<16xi32>
    %v430 = arith.sitofp %v429 : vector<16xi32> to vector<16xf32>
    %v431 = arith.addf %v430, %c15 : vector<16xf32>
    %v432 = arith.mulf %v431, %v45 : vector<16xf32>
    %v433 = llvm.getelementptr %v17[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v434 = llvm.load %v433 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v435 = vector.broadcast %v434 : f32 to vector<16xf32>
    %v436 = vector.fma %v417, %v435, %v392 : vector<16xf32>
    %v437 = llvm.getelementptr %v18[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v438 = llvm.load %v437 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v439 = vector.broadcast %v438 : f32 to vector<16xf32>
    %v440 = vector.fma %v417, %v439, %v396 : vector<16xf32>
    %v441 = llvm.getelementptr %v19[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v442 = llvm.load %v441 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v443 = vector.broadcast %v442 : f32 to vector<16xf32>
    %v444 = vector.fma %v417, %v443, %v400 : vector<16xf32>
    %v445 = llvm.getelementptr %v20[64] : (!llvm.ptr) -> !llvm.ptr, i8
    %v446 = llvm.load %v445 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v447 = vector.broadcast %v446 : f32 to vector<16xf32>
    %v448 = vector.fma %v417, %v447, %v404 : vector<16xf32>
    %v449 = llvm.getelementptr %v17[68] : (!llvm.ptr) -> !llvm.ptr, i8
    %v450 = llvm.load %v449 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v451 = vector.broadcast %v450 : f32 to vector<16xf32>
    %v452 = vector.fma %v422, %v451, %v436 : vector<16xf32>
    %v453 = llvm.getelementptr %v18[68] : (!llvm.ptr) -> !llvm.ptr, i8
    %v454 = llvm.load %v453 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v455 = vector.broadcast %v454 : f32 to vector<16xf32>
    %v456 = vector.fma %v422, %v455, %v440 : vector<16xf32>
    %v457 = llvm.getelementptr %v19[68] : (!llvm.ptr) -> !llvm.ptr, i8
    %v458 = llvm.load %v457 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v459 = vector.broadcast %v458 : f32 to vector<16xf32>
    %v460 = vector.fma %v422, %v459, %v444 : vector<16xf32>
    %v461 = llvm.getelementptr %v20[68] : (!llvm.ptr) -> !llvm.ptr, i8
    %v462 = llvm.load %v461 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v463 = vector.broadcast %v462 : f32 to vector<16xf32>
    %v464 = vector.fma %v422, %v463, %v448 : vector<16xf32>
    %v465 = llvm.getelementptr %v17[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v466 = llvm.load %v465 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v467 = vector.broadcast %v466 : f32 to vector<16xf32>
    %v468 = vector.fma %v427, %v467, %v452 : vector<16xf32>
    %v469 = llvm.getelementptr %v18[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v470 = llvm.load %v469 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v471 = vector.broadcast %v470 : f32 to vector<16xf32>
    %v472 = vector.fma %v427, %v471, %v456 : vector<16xf32>
    %v473 = llvm.getelementptr %v19[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v474 = llvm.load %v473 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v475 = vector.broadcast %v474 : f32 to vector<16xf32>
    %v476 = vector.fma %v427, %v475, %v460 : vector<16xf32>
    %v477 = llvm.getelementptr %v20[72] : (!llvm.ptr) -> !llvm.ptr, i8
    %v478 = llvm.load %v477 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v479 = vector.broadcast %v478 : f32 to vector<16xf32>
    %v480 = vector.fma %v427, %v479, %v464 : vector<16xf32>
    %v481 = llvm.getelementptr %v17[76] : (!llvm.ptr) -> !llvm.ptr, i8
    %v482 = llvm.load %v481 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v483 = vector.broadcast %v482 : f32 to vector<16xf32>
    %v484 = vector.fma %v432, %v483, %v468 : vector<16xf32>
    %v485 = llvm.getelementptr %v18[76] : (!llvm.ptr) -> !llvm.ptr, i8
    %v486 = llvm.load %v485 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v487 = vector.broadcast %v486 : f32 to vector<16xf32>
    %v488 = vector.fma %v432, %v487, %v472 : vector<16xf32>
    %v489 = llvm.getelementptr %v19[76] : (!llvm.ptr) -> !llvm.ptr, i8
    %v490 = llvm.load %v489 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v491 = vector.broadcast %v490 : f32 to vector<16xf32>
    %v492 = vector.fma %v432, %v491, %v476 : vector<16xf32>
    %v493 = llvm.getelementptr %v20[76] : (!llvm.ptr) -> !llvm.ptr, i8
    %v494 = llvm.load %v493 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v495 = vector.broadcast %v494 : f32 to vector<16xf32>
    %v496 = vector.fma %v432, %v495, %v480 : vector<16xf32>
    %v497 = llvm.getelementptr %v27[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v498 = llvm.load %v497 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v499 = arith.shrui %v498, %c12 : vector<16xi32>
    %v500 = arith.andi %v499, %c11 : vector<16xi32>
    %v501 = llvm.getelementptr %v27[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v502 = llvm.load %v501 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v503 = arith.shli %v502, %c19 : vector<16xi32>
    %v504 = arith.andi %v503, %c13 : vector<16xi32>
    %v505 = arith.ori %v500, %v504 : vector<16xi32>
    %v506 = arith.andi %v505, %c14 : vector<16xi32>
    %v507 = arith.sitofp %v506 : vector<16xi32> to vector<16xf32>
    %v508 = arith.addf %v507, %c15 : vector<16xf32>
    %v509 = arith.mulf %v508, %v45 : vector<16xf32>
    %v510 = arith.shrui %v505, %c16 : vector<16xi32>
    %v511 = arith.andi %v510, %c14 : vector<16xi32>
    %v512 = arith.sitofp %v511 : vector<16xi32> to vector<16xf32>
    %v513 = arith.addf %v512, %c15 : vector<16xf32>
    %v514 = arith.mulf %v513, %v45 : vector<16xf32>
    %v515 = arith.shrui %v505, %c17 : vector<16xi32>
    %v516 = arith.andi %v515, %c14 : vector<16xi32>
    %v517 = arith.sitofp %v516 : vector<16xi32> to vector<16xf32>
    %v518 = arith.addf %v517, %c15 : vector<16xf32>
    %v519 = arith.mulf %v518, %v45 : vector<16xf32>
    %v520 = arith.shrui %v505, %c18 : vector<16xi32>
    %v521 = arith.andi %v520, %c14 : vector<16xi32>
    %v522 = arith.sitofp %v521 : vector<16xi32> to vector<16xf32>
    %v523 = arith.addf %v522, %c15 : vector<16xf32>
    %v524 = arith.mulf %v523, %v45 : vector<16xf32>
    %v525 = llvm.getelementptr %v17[80] : (!llvm.ptr) -> !llvm.ptr, i8
    %v526 = llvm.load %v525 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v527 = vector.broadcast %v526 : f32 to vector<16xf32>
    %v528 = vector.fma %v509, %v527, %v484 : vector<16xf32>
    %v529 = llvm.getelementptr %v18[80] : (!llvm.ptr) -> !llvm.ptr, i8
    %v530 = llvm.load %v529 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v531 = vector.broadcast %v530 : f32 to vector<16xf32>
    %v532 = vector.fma %v509, %v531, %v488 : vector<16xf32>
    %v533 = llvm.getelementptr %v19[80] : (!llvm.ptr) -> !llvm.ptr, i8
    %v534 = llvm.load %v533 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v535 = vector.broadcast %v534 : f32 to vector<16xf32>
    %v536 = vector.fma %v509, %v535, %v492 : vector<16xf32>
    %v537 = llvm.getelementptr %v20[80] : (!llvm.ptr) -> !llvm.ptr, i8
    %v538 = llvm.load %v537 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v539 = vector.broadcast %v538 : f32 to vector<16xf32>
    %v540 = vector.fma %v509, %v539, %v496 : vector<16xf32>
    %v541 = llvm.getelementptr %v17[84] : (!llvm.ptr) -> !llvm.ptr, i8
    %v542 = llvm.load %v541 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v543 = vector.broadcast %v542 : f32 to vector<16xf32>
    %v544 = vector.fma %v514, %v543, %v528 : vector<16xf32>
    %v545 = llvm.getelementptr %v18[84] : (!llvm.ptr) -> !llvm.ptr, i8
    %v546 = llvm.load %v545 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v547 = vector.broadcast %v546 : f32 to vector<16xf32>
    %v548 = vector.fma %v514, %v547, %v532 : vector<16xf32>
    %v549 = llvm.getelementptr %v19[84] : (!llvm.ptr) -> !llvm.ptr, i8
    %v550 = llvm.load %v549 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v551 = vector.broadcast %v550 : f32 to vector<16xf32>
    %v552 = vector.fma %v514, %v551, %v536 : vector<16xf32>
    %v553 = llvm.getelementptr %v20[84] : (!llvm.ptr) -> !llvm.ptr, i8
    %v554 = llvm.load %v553 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v555 = vector.broadcast %v554 : f32 to vector<16xf32>
    %v556 = vector.fma %v514, %v555, %v540 : vector<16xf32>
    %v557 = llvm.getelementptr %v17[88] : (!llvm.ptr) -> !llvm.ptr, i8
    %v558 = llvm.load %v557 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v559 = vector.broadcast %v558 : f32 to vector<16xf32>
    %v560 = vector.fma %v519, %v559, %v544 : vector<16xf32>
    %v561 = llvm.getelementptr %v18[88] : (!llvm.ptr) -> !llvm.ptr, i8
    %v562 = llvm.load %v561 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v563 = vector.broadcast %v562 : f32 to vector<16xf32>
    %v564 = vector.fma %v519, %v563, %v548 : vector<16xf32>
    %v565 = llvm.getelementptr %v19[88] : (!llvm.ptr) -> !llvm.ptr, i8
    %v566 = llvm.load %v565 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v567 = vector.broadcast %v566 : f32 to vector<16xf32>
    %v568 = vector.fma %v519, %v567, %v552 : vector<16xf32>
    %v569 = llvm.getelementptr %v20[88] : (!llvm.ptr) -> !llvm.ptr, i8
    %v570 = llvm.load %v569 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v571 = vector.broadcast %v570 : f32 to vector<16xf32>
    %v572 = vector.fma %v519, %v571, %v556 : vector<16xf32>
    %v573 = llvm.getelementptr %v17[92] : (!llvm.ptr) -> !llvm.ptr, i8
    %v574 = llvm.load %v573 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v575 = vector.broadcast %v574 : f32 to vector<16xf32>
    %v576 = vector.fma %v524, %v575, %v560 : vector<16xf32>
    %v577 = llvm.getelementptr %v18[92] : (!llvm.ptr) -> !llvm.ptr, i8
    %v578 = llvm.load %v577 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v579 = vector.broadcast %v578 : f32 to vector<16xf32>
    %v580 = vector.fma %v524, %v579, %v564 : vector<16xf32>
    %v581 = llvm.getelementptr %v19[92] : (!llvm.ptr) -> !llvm.ptr, i8
    %v582 = llvm.load %v581 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v583 = vector.broadcast %v582 : f32 to vector<16xf32>
    %v584 = vector.fma %v524, %v583, %v568 : vector<16xf32>
    %v585 = llvm.getelementptr %v20[92] : (!llvm.ptr) -> !llvm.ptr, i8
    %v586 = llvm.load %v585 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v587 = vector.broadcast %v586 : f32 to vector<16xf32>
    %v588 = vector.fma %v524, %v587, %v572 : vector<16xf32>
    %v589 = llvm.getelementptr %v27[160] : (!llvm.ptr) -> !llvm.ptr, i8
    %v590 = llvm.load %v589 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v591 = arith.shrui %v590, %c12 : vector<16xi32>
    %v592 = arith.andi %v591, %c11 : vector<16xi32>
    %v593 = llvm.getelementptr %v27[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v594 = llvm.load %v593 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v595 = arith.andi %v594, %c13 : vector<16xi32>
    %v596 = arith.ori %v592, %v595 : vector<16xi32>
    %v597 = arith.andi %v596, %c14 : vector<16xi32>
    %v598 = arith.sitofp %v597 : vector<16xi32> to vector<16xf32>
    %v599 = arith.addf %v598, %c15 : vector<16xf32>
    %v600 = arith.mulf %v599, %v45 : vector<16xf32>
    %v601 = arith.shrui %v596, %c16 : vector<16xi32>
    %v602 = arith.andi %v601, %c14 : vector<16xi32>
    %v603 = arith.sitofp %v602 : vector<16xi32> to vector<16xf32>
    %v604 = arith.addf %v603, %c15 : vector<16xf32>
    %v605 = arith.mulf %v604, %v45 : vector<16xf32>
    %v606 = arith.shrui %v596, %c17 : vector<16xi32>
    %v607 = arith.andi %v606, %c14 : vector<16xi32>
    %v608 = arith.sitofp %v607 : vector<16xi32> to vector<16xf32>
    %v609 = arith.addf %v608, %c15 : vector<16xf32>
    %v610 = arith.mulf %v609, %v45 : vector<16xf32>
    %v611 = arith.shrui %v596, %c18 : vector<16xi32>
    %v612 = arith.andi %v611, %c14 : vector<16xi32>
    %v613 = arith.sitofp %v612 : vector<16xi32> to vector<16xf32>
    %v614 = arith.addf %v613, %c15 : vector<16xf32>
    %v615 = arith.mulf %v614, %v45 : vector<16xf32>
    %v616 = llvm.getelementptr %v17[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v617 = llvm.load %v616 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v618 = vector.broadcast %v617 : f32 to vector<16xf32>
    %v619 = vector.fma %v600, %v618, %v576 : vector<16xf32>
    %v620 = llvm.getelementptr %v18[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v621 = llvm.load %v620 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v622 = vector.broadcast %v621 : f32 to vector<16xf32>
    %v623 = vector.fma %v600, %v622, %v580 : vector<16xf32>
    %v624 = llvm.getelementptr %v19[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v625 = llvm.load %v624 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v626 = vector.broadcast %v625 : f32 to vector<16xf32>
    %v627 = vector.fma %v600, %v626, %v584 : vector<16xf32>
    %v628 = llvm.getelementptr %v20[96] : (!llvm.ptr) -> !llvm.ptr, i8
    %v629 = llvm.load %v628 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v630 = vector.broadcast %v629 : f32 to vector<16xf32>
    %v631 = vector.fma %v600, %v630, %v588 : vector<16xf32>
    %v632 = llvm.getelementptr %v17[100] : (!llvm.ptr) -> !llvm.ptr, i8
    %v633 = llvm.load %v632 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v634 = vector.broadcast %v633 : f32 to vector<16xf32>
    %v635 = vector.fma %v605, %v634, %v619 : vector<16xf32>
    %v636 = llvm.getelementptr %v18[100] : (!llvm.ptr) -> !llvm.ptr, i8
    %v637 = llvm.load %v636 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v638 = vector.broadcast %v637 : f32 to vector<16xf32>
    %v639 = vector.fma %v605, %v638, %v623 : vector<16xf32>
    %v640 = llvm.getelementptr %v19[100] : (!llvm.ptr) -> !llvm.ptr, i8
    %v641 = llvm.load %v640 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v642 = vector.broadcast %v641 : f32 to vector<16xf32>
    %v643 = vector.fma %v605, %v642, %v627 : vector<16xf32>
    %v644 = llvm.getelementptr %v20[100] : (!llvm.ptr) -> !llvm.ptr, i8
    %v645 = llvm.load %v644 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v646 = vector.broadcast %v645 : f32 to vector<16xf32>
    %v647 = vector.fma %v605, %v646, %v631 : vector<16xf32>
    %v648 = llvm.getelementptr %v17[104] : (!llvm.ptr) -> !llvm.ptr, i8
    %v649 = llvm.load %v648 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v650 = vector.broadcast %v649 : f32 to vector<16xf32>
    %v651 = vector.fma %v610, %v650, %v635 : vector<16xf32>
    %v652 = llvm.getelementptr %v18[104] : (!llvm.ptr) -> !llvm.ptr, i8
    %v653 = llvm.load %v652 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v654 = vector.broadcast %v653 : f32 to vector<16xf32>
    %v655 = vector.fma %v610, %v654, %v639 : vector<16xf32>
    %v656 = llvm.getelementptr %v19[104] : (!llvm.ptr) -> !llvm.ptr, i8
    %v657 = llvm.load %v656 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v658 = vector.broadcast %v657 : f32 to vector<16xf32>
    %v659 = vector.fma %v610, %v658, %v643 : vector<16xf32>
    %v660 = llvm.getelementptr %v20[104] : (!llvm.ptr) -> !llvm.ptr, i8
    %v661 = llvm.load %v660 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v662 = vector.broadcast %v661 : f32 to vector<16xf32>
    %v663 = vector.fma %v610, %v662, %v647 : vector<16xf32>
    %v664 = llvm.getelementptr %v17[108] : (!llvm.ptr) -> !llvm.ptr, i8
    %v665 = llvm.load %v664 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v666 = vector.broadcast %v665 : f32 to vector<16xf32>
    %v667 = vector.fma %v615, %v666, %v651 : vector<16xf32>
    %v668 = llvm.getelementptr %v18[108] : (!llvm.ptr) -> !llvm.ptr, i8
    %v669 = llvm.load %v668 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v670 = vector.broadcast %v669 : f32 to vector<16xf32>
    %v671 = vector.fma %v615, %v670, %v655 : vector<16xf32>
    %v672 = llvm.getelementptr %v19[108] : (!llvm.ptr) -> !llvm.ptr, i8
    %v673 = llvm.load %v672 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v674 = vector.broadcast %v673 : f32 to vector<16xf32>
    %v675 = vector.fma %v615, %v674, %v659 : vector<16xf32>
    %v676 = llvm.getelementptr %v20[108] : (!llvm.ptr) -> !llvm.ptr, i8
    %v677 = llvm.load %v676 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v678 = vector.broadcast %v677 : f32 to vector<16xf32>
    %v679 = vector.fma %v615, %v678, %v663 : vector<16xf32>
    %v680 = llvm.getelementptr %v27[224] : (!llvm.ptr) -> !llvm.ptr, i8
    %v681 = llvm.load %v680 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v682 = arith.shrui %v681, %c12 : vector<16xi32>
    %v683 = arith.andi %v682, %c11 : vector<16xi32>
    %v684 = llvm.getelementptr %v27[352] : (!llvm.ptr) -> !llvm.ptr, i8
    %v685 = llvm.load %v684 {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
    %v686 = arith.shrui %v685, %c19 : vector<16xi32>
    %v687 = arith.andi %v686, %c13 : vector<16xi32>
    %v688 = arith.ori %v683, %v687 : vector<16xi32>
    %v689 = arith.andi %v688, %c14 : vector<16xi32>
    %v690 = arith.sitofp %v689 : vector<16xi32> to vector<16xf32>
    %v691 = arith.addf %v690, %c15 : vector<16xf32>
    %v692 = arith.mulf %v691, %v45 : vector<16xf32>
    %v693 = arith.shrui %v688, %c16 : vector<16xi32>
    %v694 = arith.andi %v693, %c14 : vector<16xi32>
    %v695 = arith.sitofp %v694 : vector<16xi32> to vector<16xf32>
    %v696 = arith.addf %v695, %c15 : vector<16xf32>
    %v697 = arith.mulf %v696, %v45 : vector<16xf32>
    %v698 = arith.shrui %v688, %c17 : vector<16xi32>
    %v699 = arith.andi %v698, %c14 : vector<16xi32>
    %v700 = arith.sitofp %v699 : vector<16xi32> to vector<16xf32>
    %v701 = arith.addf %v700, %c15 : vector<16xf32>
    %v702 = arith.mulf %v701, %v45 : vector<16xf32>
    %v703 = arith.shrui %v688, %c18 : vector<16xi32>
    %v704 = arith.andi %v703, %c14 : vector<16xi32>
    %v705 = arith.sitofp %v704 : vector<16xi32> to vector<16xf32>
    %v706 = arith.addf %v705, %c15 : vector<16xf32>
    %v707 = arith.mulf %v706, %v45 : vector<16xf32>
    %v708 = llvm.getelementptr %v17[112] : (!llvm.ptr) -> !llvm.ptr, i8
    %v709 = llvm.load %v708 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v710 = vector.broadcast %v709 : f32 to vector<16xf32>
    %v711 = vector.fma %v692, %v710, %v667 : vector<16xf32>
    %v712 = llvm.getelementptr %v18[112] : (!llvm.ptr) -> !llvm.ptr, i8
    %v713 = llvm.load %v712 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v714 = vector.broadcast %v713 : f32 to vector<16xf32>
    %v715 = vector.fma %v692, %v714, %v671 : vector<16xf32>
    %v716 = llvm.getelementptr %v19[112] : (!llvm.ptr) -> !llvm.ptr, i8
    %v717 = llvm.load %v716 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v718 = vector.broadcast %v717 : f32 to vector<16xf32>
    %v719 = vector.fma %v692, %v718, %v675 : vector<16xf32>
    %v720 = llvm.getelementptr %v20[112] : (!llvm.ptr) -> !llvm.ptr, i8
    %v721 = llvm.load %v720 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v722 = vector.broadcast %v721 : f32 to vector<16xf32>
    %v723 = vector.fma %v692, %v722, %v679 : vector<16xf32>
    %v724 = llvm.getelementptr %v17[116] : (!llvm.ptr) -> !llvm.ptr, i8
    %v725 = llvm.load %v724 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v726 = vector.broadcast %v725 : f32 to vector<16xf32>
    %v727 = vector.fma %v697, %v726, %v711 : vector<16xf32>
    %v728 = llvm.getelementptr %v18[116] : (!llvm.ptr) -> !llvm.ptr, i8
    %v729 = llvm.load %v728 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v730 = vector.broadcast %v729 : f32 to vector<16xf32>
    %v731 = vector.fma %v697, %v730, %v715 : vector<16xf32>
    %v732 = llvm.getelementptr %v19[116] : (!llvm.ptr) -> !llvm.ptr, i8
    %v733 = llvm.load %v732 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v734 = vector.broadcast %v733 : f32 to vector<16xf32>
    %v735 = vector.fma %v697, %v734, %v719 : vector<16xf32>
    %v736 = llvm.getelementptr %v20[116] : (!llvm.ptr) -> !llvm.ptr, i8
    %v737 = llvm.load %v736 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v738 = vector.broadcast %v737 : f32 to vector<16xf32>
    %v739 = vector.fma %v697, %v738, %v723 : vector<16xf32>
    %v740 = llvm.getelementptr %v17[120] : (!llvm.ptr) -> !llvm.ptr, i8
    %v741 = llvm.load %v740 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v742 = vector.broadcast %v741 : f32 to vector<16xf32>
    %v743 = vector.fma %v702, %v742, %v727 : vector<16xf32>
    %v744 = llvm.getelementptr %v18[120] : (!llvm.ptr) -> !llvm.ptr, i8
    %v745 = llvm.load %v744 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v746 = vector.broadcast %v745 : f32 to vector<16xf32>
    %v747 = vector.fma %v702, %v746, %v731 : vector<16xf32>
    %v748 = llvm.getelementptr %v19[120] : (!llvm.ptr) -> !llvm.ptr, i8
    %v749 = llvm.load %v748 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v750 = vector.broadcast %v749 : f32 to vector<16xf32>
    %v751 = vector.fma %v702, %v750, %v735 : vector<16xf32>
    %v752 = llvm.getelementptr %v20[120] : (!llvm.ptr) -> !llvm.ptr, i8
    %v753 = llvm.load %v752 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v754 = vector.broadcast %v753 : f32 to vector<16xf32>
    %v755 = vector.fma %v702, %v754, %v739 : vector<16xf32>
    %v756 = llvm.getelementptr %v17[124] : (!llvm.ptr) -> !llvm.ptr, i8
    %v757 = llvm.load %v756 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v758 = vector.broadcast %v757 : f32 to vector<16xf32>
    %v759 = vector.fma %v707, %v758, %v743 : vector<16xf32>
    %v760 = llvm.getelementptr %v18[124] : (!llvm.ptr) -> !llvm.ptr, i8
    %v761 = llvm.load %v760 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v762 = vector.broadcast %v761 : f32 to vector<16xf32>
    %v763 = vector.fma %v707, %v762, %v747 : vector<16xf32>
    %v764 = llvm.getelementptr %v19[124] : (!llvm.ptr) -> !llvm.ptr, i8
    %v765 = llvm.load %v764 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v766 = vector.broadcast %v765 : f32 to vector<16xf32>
    %v767 = vector.fma %v707, %v766, %v751 : vector<16xf32>
    %v768 = llvm.getelementptr %v20[124] : (!llvm.ptr) -> !llvm.ptr, i8
    %v769 = llvm.load %v768 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v770 = vector.broadcast %v769 : f32 to vector<16xf32>
    %v771 = vector.fma %v707, %v770, %v755 : vector<16xf32>
    scf.yield %v759, %v763, %v767, %v771 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  }
  llvm.store %r15#0, %out {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v772 = llvm.getelementptr %out[128] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r15#1, %v772 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v773 = llvm.getelementptr %out[256] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r15#2, %v773 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
  %v774 = llvm.getelementptr %out[384] : (!llvm.ptr) -> !llvm.ptr, i8
  llvm.store %r15#3, %v774 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
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
  %stack0 = llvm.alloca %c0 x i8 {alignment = 4096 : i64} : (i64) -> !llvm.ptr
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
