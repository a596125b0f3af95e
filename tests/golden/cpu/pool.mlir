func.func @pool_mean_unit_48_avx512vnni(%x: !llvm.ptr, %sequences: !llvm.ptr, %y: !llvm.ptr, %begin: i64, %end: i64) {
  %c0 = arith.constant 1 : i64
  %c1 = arith.constant 12 : i64
  %c2 = arith.constant 192 : i64
  %c3 = arith.constant 1.000000000e+00 : f32
  %c4 = arith.constant 0 : i64
  %c5 = arith.constant 64 : i64
  %c6 = arith.constant dense<0.000000000e+00> : vector<16xf32>
  %c7 = arith.constant 1.000000000e-12 : f32
  scf.for %i1 = %begin to %end step %c0 : i64 {
    %v3 = arith.muli %i1, %c1 : i64
    %v4 = llvm.getelementptr %sequences[%v3] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v5 = llvm.load %v4 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v6 = arith.extsi %v5 : i32 to i64
    %v7 = arith.muli %i1, %c1 : i64
    %v8 = llvm.getelementptr %sequences[%v7] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v9 = llvm.getelementptr %v8[4] : (!llvm.ptr) -> !llvm.ptr, i8
    %v10 = llvm.load %v9 {alignment = 1 : i64} : !llvm.ptr -> i32
    %v11 = arith.extsi %v10 : i32 to i64
    %v12 = arith.muli %v6, %c2 : i64
    %v13 = llvm.getelementptr %x[%v12] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v14 = arith.muli %i1, %c2 : i64
    %v15 = llvm.getelementptr %y[%v14] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v16 = arith.sitofp %v11 : i64 to f32
    %v17 = arith.divf %c3, %v16 : f32
    %v18 = vector.broadcast %v17 : f32 to vector<16xf32>
    scf.for %i19 = %c4 to %c2 step %c5 : i64 {
      %r23:1 = scf.for %i21 = %c4 to %v11 step %c0 iter_args(%a22 = %c6) -> (vector<16xf32>) : i64 {
        %v24 = arith.muli %i21, %c2 : i64
        %v25 = llvm.getelementptr %v13[%v24] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v26 = llvm.getelementptr %v25[%i19] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v27 = llvm.load %v26 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
        %v28 = arith.addf %a22, %v27 : vector<16xf32>
        scf.yield %v28 : vector<16xf32>
      }
      %v29 = arith.mulf %r23#0, %v18 : vector<16xf32>
      %v30 = llvm.getelementptr %v15[%i19] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      llvm.store %v29, %v30 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    }
    %r33:1 = scf.for %i31 = %c4 to %c2 step %c5 iter_args(%a32 = %c6) -> (vector<16xf32>) : i64 {
      %v34 = llvm.getelementptr %v15[%i31] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v35 = llvm.load %v34 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
      %v36 = vector.fma %v35, %v35, %a32 : vector<16xf32>
      scf.yield %v36 : vector<16xf32>
    }
    %v37 = vector.reduction <add>, %r33#0 fastmath<reassoc> : vector<16xf32> into f32
    %v38 = math.sqrt %v37 : f32
    %v39 = arith.maxnumf %v38, %c7 : f32
    %v40 = arith.divf %c3, %v39 : f32
    %v41 = vector.broadcast %v40 : f32 to vector<16xf32>
    scf.for %i42 = %c4 to %c2 step %c5 : i64 {
      %v44 = llvm.getelementptr %v15[%i42] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v45 = llvm.load %v44 {alignment = 1 : i64} : !llvm.ptr -> vector<16xf32>
      %v46 = arith.mulf %v45, %v41 : vector<16xf32>
      %v47 = llvm.getelementptr %v15[%i42] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      llvm.store %v46, %v47 {alignment = 1 : i64} : vector<16xf32>, !llvm.ptr
    }
  }
  return
}
