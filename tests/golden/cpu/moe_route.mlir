func.func @moe_route_8_2_softmax_norm_1_avx2(%logits: !llvm.ptr, %bias: !llvm.ptr, %weights: !llvm.ptr, %experts: !llvm.ptr, %begin: i64, %end: i64) {
  %c0 = arith.constant 64 : i64
  %c1 = arith.constant 1 : i64
  %c2 = arith.constant dense<-1.000000000e+30> : vector<8xf32>
  %c3 = arith.constant 0 : i64
  %c4 = arith.constant 32 : i64
  %c5 = arith.constant dense<0.000000000e+00> : vector<8xf32>
  %c6 = arith.constant dense<8.800000000e+01> : vector<8xf32>
  %c7 = arith.constant dense<-8.700000000e+01> : vector<8xf32>
  %c8 = arith.constant dense<1.442695041e+00> : vector<8xf32>
  %c9 = arith.constant dense<1.258291200e+07> : vector<8xf32>
  %c10 = arith.constant dense<1262485504> : vector<8xi32>
  %c11 = arith.constant dense<-6.933593750e-01> : vector<8xf32>
  %c12 = arith.constant dense<2.121944401e-04> : vector<8xf32>
  %c13 = arith.constant dense<1.987569150e-04> : vector<8xf32>
  %c14 = arith.constant dense<1.398199951e-03> : vector<8xf32>
  %c15 = arith.constant dense<8.333451907e-03> : vector<8xf32>
  %c16 = arith.constant dense<4.166579589e-02> : vector<8xf32>
  %c17 = arith.constant dense<1.666666546e-01> : vector<8xf32>
  %c18 = arith.constant dense<5.000000000e-01> : vector<8xf32>
  %c19 = arith.constant dense<1.000000000e+00> : vector<8xf32>
  %c20 = arith.constant dense<23> : vector<8xi32>
  %c21 = arith.constant 1.000000000e+00 : f32
  %c22 = arith.constant 1.000000000e-20 : f32
  %c23 = arith.constant 2 : i64
  %c24 = arith.constant -1.000000000e+31 : f32
  %c25 = arith.constant 8 : i64
  %c26 = arith.constant 4 : i64
  %c27 = arith.constant -2.000000000e+30 : f32
  %stack62 = llvm.alloca %c0 x i8 {alignment = 64 : i64} : (i64) -> !llvm.ptr
  %stack2 = llvm.alloca %c0 x i8 {alignment = 64 : i64} : (i64) -> !llvm.ptr
  %stack1 = llvm.alloca %c0 x i8 {alignment = 64 : i64} : (i64) -> !llvm.ptr
  scf.for %i3 = %begin to %end step %c1 : i64 {
    %v5 = arith.muli %i3, %c0 : i64
    %v6 = llvm.getelementptr %logits[%v5] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %r9:1 = scf.for %i7 = %c3 to %c4 step %c4 iter_args(%a8 = %c2) -> (vector<8xf32>) : i64 {
      %v10 = llvm.getelementptr %v6[%i7] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v11 = llvm.load %v10 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
      %v12 = arith.maxnumf %a8, %v11 : vector<8xf32>
      scf.yield %v12 : vector<8xf32>
    }
    %v13 = vector.reduction <maxnumf>, %r9#0 fastmath<reassoc> : vector<8xf32> into f32
    %v14 = vector.broadcast %v13 : f32 to vector<8xf32>
    %r17:1 = scf.for %i15 = %c3 to %c4 step %c4 iter_args(%a16 = %c5) -> (vector<8xf32>) : i64 {
      %v18 = llvm.getelementptr %v6[%i15] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v19 = llvm.load %v18 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
      %v20 = arith.subf %v19, %v14 : vector<8xf32>
      %v21 = arith.minnumf %v20, %c6 : vector<8xf32>
      %v22 = arith.maxnumf %v21, %c7 : vector<8xf32>
      %v23 = arith.mulf %v22, %c8 : vector<8xf32>
      %v24 = arith.addf %v23, %c9 : vector<8xf32>
      %v25 = vector.bitcast %v24 : vector<8xf32> to vector<8xi32>
      %v26 = arith.subi %v25, %c10 : vector<8xi32>
      %v27 = arith.subf %v24, %c9 : vector<8xf32>
      %v28 = vector.fma %v27, %c11, %v22 : vector<8xf32>
      %v29 = vector.fma %v27, %c12, %v28 : vector<8xf32>
      %v30 = arith.mulf %v29, %v29 : vector<8xf32>
      %v31 = vector.fma %c13, %v29, %c14 : vector<8xf32>
      %v32 = vector.fma %v31, %v29, %c15 : vector<8xf32>
      %v33 = vector.fma %v32, %v29, %c16 : vector<8xf32>
      %v34 = vector.fma %v33, %v29, %c17 : vector<8xf32>
      %v35 = vector.fma %v34, %v29, %c18 : vector<8xf32>
      %v36 = vector.fma %v35, %v30, %v29 : vector<8xf32>
      %v37 = arith.addf %v36, %c19 : vector<8xf32>
      %v38 = arith.shli %v26, %c20 : vector<8xi32>
      %v39 = vector.bitcast %v37 : vector<8xf32> to vector<8xi32>
      %v40 = arith.addi %v39, %v38 : vector<8xi32>
      %v41 = vector.bitcast %v40 : vector<8xi32> to vector<8xf32>
      %v42 = llvm.getelementptr %stack1[%i15] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      llvm.store %v41, %v42 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
      %v43 = arith.addf %a16, %v41 : vector<8xf32>
      scf.yield %v43 : vector<8xf32>
    }
    %v44 = vector.reduction <add>, %r17#0 fastmath<reassoc> : vector<8xf32> into f32
    %v45 = arith.divf %c21, %v44 : f32
    %v46 = vector.broadcast %v45 : f32 to vector<8xf32>
    scf.for %i47 = %c3 to %c4 step %c4 : i64 {
      %v49 = llvm.getelementptr %stack1[%i47] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v50 = llvm.load %v49 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
      %v51 = arith.mulf %v50, %v46 : vector<8xf32>
      %v52 = llvm.getelementptr %stack1[%i47] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      llvm.store %v51, %v52 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
    }
    scf.for %i53 = %c3 to %c4 step %c4 : i64 {
      %v55 = llvm.getelementptr %stack1[%i53] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v56 = llvm.load %v55 {alignment = 1 : i64} : !llvm.ptr -> vector<8xf32>
      %v57 = llvm.getelementptr %stack2[%i53] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      llvm.store %v56, %v57 {alignment = 1 : i64} : vector<8xf32>, !llvm.ptr
    }
    %v58 = arith.muli %i3, %c0 : i64
    %v59 = llvm.getelementptr %weights[%v58] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %v60 = arith.muli %i3, %c0 : i64
    %v61 = llvm.getelementptr %experts[%v60] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    llvm.store %c22, %stack62 {alignment = 1 : i64} : f32, !llvm.ptr
    scf.for %i63 = %c3 to %c23 step %c1 : i64 {
      %r68:2 = scf.for %i65 = %c3 to %c25 step %c1 iter_args(%a66 = %c24, %a67 = %c3) -> (f32, i64) : i64 {
        %v69 = arith.muli %i65, %c26 : i64
        %v70 = llvm.getelementptr %stack2[%v69] : (!llvm.ptr, i64) -> !llvm.ptr, i8
        %v71 = llvm.load %v70 {alignment = 1 : i64} : !llvm.ptr -> f32
        %v72 = arith.cmpf ogt, %v71, %a66 : f32
        %v73 = arith.select %v72, %v71, %a66 : f32
        %v74 = arith.select %v72, %i65, %a67 : i64
        scf.yield %v73, %v74 : f32, i64
      }
      %v75 = arith.muli %r68#1, %c26 : i64
      %v76 = llvm.getelementptr %stack1[%v75] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v77 = llvm.load %v76 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v78 = arith.muli %i63, %c26 : i64
      %v79 = llvm.getelementptr %v59[%v78] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      llvm.store %v77, %v79 {alignment = 1 : i64} : f32, !llvm.ptr
      %v80 = arith.trunci %r68#1 : i64 to i32
      %v81 = arith.muli %i63, %c26 : i64
      %v82 = llvm.getelementptr %v61[%v81] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      llvm.store %v80, %v82 {alignment = 1 : i64} : i32, !llvm.ptr
      %v83 = arith.muli %r68#1, %c26 : i64
      %v84 = llvm.getelementptr %stack2[%v83] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      llvm.store %c27, %v84 {alignment = 1 : i64} : f32, !llvm.ptr
      %v85 = llvm.load %stack62 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v86 = arith.addf %v85, %v77 : f32
      llvm.store %v86, %stack62 {alignment = 1 : i64} : f32, !llvm.ptr
    }
    %v87 = llvm.load %stack62 {alignment = 1 : i64} : !llvm.ptr -> f32
    %v88 = arith.divf %c21, %v87 : f32
    scf.for %i89 = %c3 to %c23 step %c1 : i64 {
      %v91 = arith.muli %i89, %c26 : i64
      %v92 = llvm.getelementptr %v59[%v91] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %v93 = llvm.load %v92 {alignment = 1 : i64} : !llvm.ptr -> f32
      %v94 = arith.mulf %v93, %v88 : f32
      llvm.store %v94, %v92 {alignment = 1 : i64} : f32, !llvm.ptr
    }
  }
  return
}
