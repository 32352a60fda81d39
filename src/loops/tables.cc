// This CPU level's table.
#include "loops/tables.h"

SMCLI_LOOPS_BEGIN

#define SMCLI_STRING_INNER(text) #text
#define SMCLI_STRING(text) SMCLI_STRING_INNER(text)

constinit const Loops kLoops = {
    .isa = SMCLI_STRING(SMCLI_ISA),
    .f32 = {kUnaryF32, kBinaryF32},
    .f64 = {kUnaryF64, kBinaryF64},
    .float16 = &kFloat16,
    .change = &kChange,
    .product_f32 = &kProductF32,
    .product_f64 = &kProductF64,
    .depthwise = &kDepthwise,
    .reduce_f32 = &kReduceF32,
    .reduce_f64 = &kReduceF64,
    .softmax_f32 = &kSoftmaxF32,
    .softmax_f64 = &kSoftmaxF64,
};

SMCLI_LOOPS_END
