func.func @glu_silu_64_f32_avx2(%gate: !llvm.ptr, %up: !llvm.ptr, %y: !llvm.ptr, %begin: i64, %end: i64) {
  %c0 = arith.constant 1 : i64
  %c1 = arith.constant 256 : i64
  %c2 = arith.constant 0 : i64
  %c3 = arith.constant 32 : i64
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
  scf.for %i1 = %begin to %end step %c0 : i64 {
    %v3 = arith.muli %i1, %c1 : i64
    %v4 = llvm.getelementptr %gate[%v3] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v5 = arith.muli %i1, %c1 : i64
    %v6 = llvm.getelementptr %up[%v5] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v7 = arith.muli %i1, %c1 : i64
    %v8 = llvm.getelementptr %y[%v7] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    scf.for %i9 = %c2 to %c1 step %c3 : i64 {
      %v11 = llvm.getelementptr %v4[%i9] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v12 = llvm.load %v11 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
      %v13 = llvm.getelementptr %v6[%i9] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v14 = llvm.load %v13 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
      %v15 = arith.negf %v12 : vector<8xf32>
      %v16 = arith.minnumf %v15, %c4 : vector<8xf32>
      %v17 = arith.maxnumf %v16, %c5 : vector<8xf32>
      %v18 = arith.mulf %v17, %c6 : vector<8xf32>
      %v19 = arith.addf %v18, %c7 : vector<8xf32>
      %v20 = vector.bitcast %v19 : vector<8xf32> to vector<8xi32>
      %v21 = arith.subi %v20, %c8 : vector<8xi32>
      %v22 = arith.subf %v19, %c7 : vector<8xf32>
      %v23 = vector.fma %v22, %c9, %v17 : vector<8xf32>
      %v24 = vector.fma %v22, %c10, %v23 : vector<8xf32>
      %v25 = arith.mulf %v24, %v24 : vector<8xf32>
      %v26 = vector.fma %c11, %v24, %c12 : vector<8xf32>
      %v27 = vector.fma %v26, %v24, %c13 : vector<8xf32>
      %v28 = vector.fma %v27, %v24, %c14 : vector<8xf32>
      %v29 = vector.fma %v28, %v24, %c15 : vector<8xf32>
      %v30 = vector.fma %v29, %v24, %c16 : vector<8xf32>
      %v31 = vector.fma %v30, %v25, %v24 : vector<8xf32>
      %v32 = arith.addf %v31, %c17 : vector<8xf32>
      %v33 = arith.shli %v21, %c18 : vector<8xi32>
      %v34 = vector.bitcast %v32 : vector<8xf32> to vector<8xi32>
      %v35 = arith.addi %v34, %v33 : vector<8xi32>
      %v36 = vector.bitcast %v35 : vector<8xi32> to vector<8xf32>
      %v37 = arith.addf %v36, %c17 : vector<8xf32>
      %v38 = arith.divf %v12, %v37 : vector<8xf32>
      %v39 = arith.mulf %v38, %v14 : vector<8xf32>
      %v40 = llvm.getelementptr %v8[%i9] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      llvm.store %v39, %v40 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
    }
  }
  return
}
