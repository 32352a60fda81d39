#include "ops/padded_window.h"

#include "ops/int_args.h"

namespace smcli {

std::unique_ptr<PaddedWindow> PaddedWindow::Make(InnerStep pad, InnerStep window, Tensor paddings,
                                                 std::string function) {
  const auto* paddable = dynamic_cast<const PaddableKernel*>(window.kernel);
  if (paddable == nullptr || paddings.rank() != 2 || paddings.dim(1) != 2) return nullptr;
  std::vector<int64_t> pads;
  for (int64_t i = 0; i < paddings.num_elements(); ++i) pads.push_back(IntAt(paddings, i));
  auto together = paddable->WithPadding(pads);
  if (!together) return nullptr;
  auto step = std::make_unique<PaddedWindow>();
  step->pad_ = std::move(pad);
  step->window_ = std::move(window);
  step->paddings_ = std::move(paddings);
  step->function_ = std::move(function);
  step->together_ = std::move(together);
  return step;
}

Status PaddedWindow::Compute(KernelContext& ctx) const {
  // What fails together fails apart too, in the words of the op that is wrong.
  if (ctx.services().monitor == nullptr && together_->Compute(ctx).ok()) return {};
  return ComputeApart(ctx);
}

Status PaddedWindow::ComputeApart(KernelContext& ctx) const {
  constexpr uint32_t kImage = 0 | KernelContext::kLastUse, kPaddings = 1, kFilter = 2;
  Tensor slots[] = {ctx.TakeInput(0), paddings_, ctx.input(1)};
  Tensor padded, result;
  const uint32_t pad_inputs[] = {kImage, kPaddings}, window_inputs[] = {kImage, kFilter};
  SMCLI_RETURN_IF_ERROR(pad_.Run(function_, slots, pad_inputs, &padded, ctx.services()));
  slots[0] = std::move(padded);
  SMCLI_RETURN_IF_ERROR(window_.Run(function_, slots, window_inputs, &result, ctx.services()));
  ctx.set_output(0, std::move(result));
  return {};
}

}  // namespace smcli
