func.func @rmsnorm_96_q8_1em05_avx512vnni(%x: !llvm.ptr, %weight: !llvm.ptr, %y: !llvm.ptr, %begin: i64, %end: i64) {
  %c0 = arith.constant 1 : i64
  %c1 = arith.constant 384 : i64
  %c2 = arith.constant dense<0.000000000e+00> : vector<16xf32>
  %c3 = arith.constant 0 : i64
  %c4 = arith.constant 64 : i64
  %c5 = arith.constant 1.041666667e-02 : f32
  %c6 = arith.constant 1.000000000e-05 : f32
  %c7 = arith.constant 1.000000000e+00 : f32
  %c8 = arith.constant 128 : i64
  %c9 = arith.constant 3 : i64
  %c10 = arith.constant dense<2147483647> : vector<16xi32>
  %c11 = arith.constant 0.000000000e+00 : f32
  %c12 = arith.constant 1.270000000e+02 : f32
  %c13 = arith.constant 7.874015748e-03 : f32
  %c14 = arith.constant dense<1.258291200e+07> : vector<16xf32>
  %c15 = arith.constant dense<1262485504> : vector<16xi32>
  %c16 = arith.constant 32 : i64
  %c17 = arith.constant 4 : i64
  scf.for %i1 = %begin to %end step %c0 : i64 {
    %v3 = arith.muli %i1, %c1 : i64
    %v4 = llvm.getelementptr %x[%v3] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %r7:1 = scf.for %i5 = %c3 to %c1 step %c4 iter_args(%a6 = %c2) -> (vector<16xf32>) : i64 {
      %v8 = llvm.getelementptr %v4[%i5] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v9 = llvm.load %v8 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
      %v10 = vector.fma %v9, %v9, %a6 : vector<16xf32>
      scf.yield %v10 : vector<16xf32>
    }
    %v11 = vector.reduction <add>, %r7#0 fastmath<reassoc> : vector<16xf32> into f32
    %v12 = arith.mulf %v11, %c5 : f32
    %v13 = arith.addf %v12, %c6 : f32
    %v14 = math.sqrt %v13 : f32
    %v15 = arith.divf %c7, %v14 : f32
    %v16 = vector.broadcast %v15 : f32 to vector<16xf32>
    %v17 = arith.muli %i1, %c8 : i64
    %v18 = llvm.getelementptr %y[%v17] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    scf.for %i19 = %c3 to %c9 step %c0 : i64 {
      %v21 = arith.muli %i19, %c8 : i64
      %v22 = arith.addi %v21, %c3 : i64
      %v23 = llvm.getelementptr %v4[%v22] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v24 = llvm.load %v23 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
      %v25 = arith.mulf %v24, %v16 : vector<16xf32>
      %v26 = llvm.getelementptr %weight[%v22] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v27 = llvm.load %v26 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
      %v28 = arith.mulf %v25, %v27 : vector<16xf32>
      %v29 = arith.addi %v21, %c4 : i64
      %v30 = llvm.getelementptr %v4[%v29] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v31 = llvm.load %v30 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
      %v32 = arith.mulf %v31, %v16 : vector<16xf32>
      %v33 = llvm.getelementptr %weight[%v29] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v34 = llvm.load %v33 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
      %v35 = arith.mulf %v32, %v34 : vector<16xf32>
      %v36 = vector.bitcast %v28 : vector<16xf32> to vector<16xi32>
      %v37 = arith.andi %v36, %c10 : vector<16xi32>
      %v38 = vector.bitcast %v37 : vector<16xi32> to vector<16xf32>
      %v39 = vector.bitcast %v35 : vector<16xf32> to vector<16xi32>
      %v40 = arith.andi %v39, %c10 : vector<16xi32>
      %v41 = vector.bitcast %v40 : vector<16xi32> to vector<16xf32>
      %v42 = arith.maxnumf %v38, %v41 : vector<16xf32>
      %v43 = vector.reduction <maxnumf>, %v42 fastmath<reassoc> : vector<16xf32> into f32
      %v44 = arith.cmpf ogt, %v43, %c11 : f32
      %v45 = arith.divf %c12, %v43 : f32
      %v46 = arith.mulf %v43, %c13 : f32
      %v47 = arith.select %v44, %v45, %c11 : f32
      %v48 = vector.broadcast %v47 : f32 to vector<16xf32>
      %v49 = arith.mulf %v28, %v48 : vector<16xf32>
      %v50 = arith.addf %v49, %c14 : vector<16xf32>
      %v51 = vector.bitcast %v50 : vector<16xf32> to vector<16xi32>
      %v52 = arith.subi %v51, %c15 : vector<16xi32>
      %v53 = arith.subf %v50, %c14 : vector<16xf32>
      %v54 = arith.mulf %v35, %v48 : vector<16xf32>
      %v55 = arith.addf %v54, %c14 : vector<16xf32>
      %v56 = vector.bitcast %v55 : vector<16xf32> to vector<16xi32>
      %v57 = arith.subi %v56, %c15 : vector<16xi32>
      %v58 = arith.subf %v55, %c14 : vector<16xf32>
      %v59 = arith.muli %i19, %c16 : i64
      %v60 = llvm.getelementptr %v18[%v59] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v61 = arith.trunci %v52 : vector<16xi32> to vector<16xi8>
      llvm.store %v61, %v60 {alignment = 1 : i64} : vector<16xi8>, !llvm.ptr
      %v62 = arith.trunci %v57 : vector<16xi32> to vector<16xi8>
      %v63 = llvm.getelementptr %v60[16] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v62, %v63 {alignment = 1 : i64} : vector<16xi8>, !llvm.ptr
      %v64 = arith.addi %v52, %v57 : vector<16xi32>
      %v65 = vector.reduction <add>, %v64 : vector<16xi32> into i32
      %v66 = arith.sitofp %v65 : i32 to f32
      %v67 = arith.muli %i19, %c17 : i64
      %v68 = llvm.getelementptr %v18[%v67] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v69 = llvm.getelementptr %v68[96] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v46, %v69 {alignment = 1 : i64} : f32, !llvm.ptr
      %v70 = arith.mulf %v66, %v46 : f32
      %v71 = llvm.getelementptr %v69[12] : (!llvm.ptr) -> !llvm.ptr, i8
      llvm.store %v70, %v71 {alignment = 1 : i64} : f32, !llvm.ptr
    }
  }
  return
}
