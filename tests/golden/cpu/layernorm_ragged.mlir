func.func @layernorm_70_f32_1em12_add_avx2(%x: !llvm.ptr, %addend: !llvm.ptr, %weight: !llvm.ptr, %bias: !llvm.ptr, %y: !llvm.ptr, %begin: i64, %end: i64) {
  %c0 = arith.constant 320 : i64
  %c1 = arith.constant 1 : i64
  %c2 = arith.constant dense<0.000000000e+00> : vector<8xf32>
  %c3 = arith.constant 0 : i64
  %c4 = arith.constant 256 : i64
  %c5 = arith.constant 32 : i64
  %c6 = arith.constant dense<[true, true, true, true, true, true, false, false]> : vector<8xi1>
  %c7 = arith.constant 1.428571429e-02 : f32
  %c8 = arith.constant 1.000000000e-12 : f32
  %c9 = arith.constant 1.000000000e+00 : f32
  %stack1 = llvm.alloca %c0 x i8 {alignment = 64 : i64} : (i64) -> !llvm.ptr
  scf.for %i2 = %begin to %end step %c1 : i64 {
    %v4 = arith.muli %i2, %c0 : i64
    %v5 = llvm.getelementptr %x[%v4] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v6 = arith.muli %i2, %c0 : i64
    %v7 = llvm.getelementptr %addend[%v6] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %r10:1 = scf.for %i8 = %c3 to %c4 step %c5 iter_args(%a9 = %c2) -> (vector<8xf32>) : i64 {
      %v11 = llvm.getelementptr %v5[%i8] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v12 = llvm.load %v11 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
      %v13 = llvm.getelementptr %v7[%i8] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v14 = llvm.load %v13 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
      %v15 = arith.addf %v12, %v14 : vector<8xf32>
      %v16 = llvm.getelementptr %stack1[%i8] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      llvm.store %v15, %v16 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
      %v17 = arith.addf %a9, %v15 : vector<8xf32>
      scf.yield %v17 : vector<8xf32>
    }
    %v18 = llvm.getelementptr %v5[%c4] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v19 = llvm.load %v18 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v20 = llvm.getelementptr %v7[%c4] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v21 = llvm.load %v20 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v22 = arith.addf %v19, %v21 : vector<8xf32>
    %v23 = llvm.getelementptr %stack1[%c4] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    llvm.store %v22, %v23 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
    %v24 = arith.select %c6, %v22, %c2 : vector<8xi1>, vector<8xf32>
    %v25 = arith.addf %r10#0, %v24 : vector<8xf32>
    %v26 = vector.reduction <add>, %v25 fastmath<reassoc> : vector<8xf32> into f32
    %v27 = arith.mulf %v26, %c7 : f32
    %v28 = vector.broadcast %v27 : f32 to vector<8xf32>
    %r31:1 = scf.for %i29 = %c3 to %c4 step %c5 iter_args(%a30 = %c2) -> (vector<8xf32>) : i64 {
      %v32 = llvm.getelementptr %stack1[%i29] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v33 = llvm.load %v32 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
      %v34 = arith.subf %v33, %v28 : vector<8xf32>
      %v35 = vector.fma %v34, %v34, %a30 : vector<8xf32>
      scf.yield %v35 : vector<8xf32>
    }
    %v36 = llvm.getelementptr %stack1[%c4] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v37 = llvm.load %v36 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v38 = arith.subf %v37, %v28 : vector<8xf32>
    %v39 = arith.select %c6, %v38, %c2 : vector<8xi1>, vector<8xf32>
    %v40 = vector.fma %v39, %v39, %r31#0 : vector<8xf32>
    %v41 = vector.reduction <add>, %v40 fastmath<reassoc> : vector<8xf32> into f32
    %v42 = arith.mulf %v41, %c7 : f32
    %v43 = arith.addf %v42, %c8 : f32
    %v44 = math.sqrt %v43 : f32
    %v45 = arith.divf %c9, %v44 : f32
    %v46 = vector.broadcast %v45 : f32 to vector<8xf32>
    %v47 = vector.broadcast %v27 : f32 to vector<8xf32>
    %v48 = arith.muli %i2, %c0 : i64
    %v49 = llvm.getelementptr %y[%v48] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    scf.for %i50 = %c3 to %c4 step %c5 : i64 {
      %v52 = llvm.getelementptr %stack1[%i50] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v53 = llvm.load %v52 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
      %v54 = arith.subf %v53, %v47 : vector<8xf32>
      %v55 = llvm.getelementptr %weight[%i50] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v56 = llvm.load %v55 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
      %v57 = arith.mulf %v56, %v46 : vector<8xf32>
      %v58 = llvm.getelementptr %bias[%i50] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v59 = llvm.load %v58 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
      %v60 = vector.fma %v54, %v57, %v59 : vector<8xf32>
      %v61 = llvm.getelementptr %v49[%i50] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      llvm.store %v60, %v61 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
    }
    %v62 = llvm.getelementptr %stack1[%c4] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v63 = llvm.load %v62 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v64 = arith.subf %v63, %v47 : vector<8xf32>
    %v65 = llvm.getelementptr %weight[%c4] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v66 = llvm.load %v65 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v67 = arith.mulf %v66, %v46 : vector<8xf32>
    %v68 = llvm.getelementptr %bias[%c4] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v69 = llvm.load %v68 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
    %v70 = vector.fma %v64, %v67, %v69 : vector<8xf32>
    %v71 = llvm.getelementptr %v49[%c4] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    llvm.store %v70, %v71 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
  }
  return
}
