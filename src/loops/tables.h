// What the files of one CPU level publish to tables.cc of the same level.
#pragma once

#include "loops/fourier.h"
#include "loops/isa.h"
#include "loops/loops.h"

SMCLI_LOOPS_BEGIN

extern const UnaryLoop kUnaryF32[];
extern const UnaryLoop kUnaryF64[];
extern const BinaryLoop kBinaryF32[];
extern const BinaryLoop kBinaryF64[];
extern const Float16Loops kFloat16;
extern const ChangeLoops kChange;
extern const ProductLoops<float> kProductF32;
extern const ProductLoops<double> kProductF64;
extern const DepthwiseLoops kDepthwise;
extern const FourierPassLoop kFourierPass;
extern const ReduceLoops kReduceF32;
extern const ReduceLoops kReduceF64;
extern const SoftmaxLoops kSoftmaxF32;
extern const SoftmaxLoops kSoftmaxF64;
extern const Loops kLoops;

SMCLI_LOOPS_END
