#include "diff/svg_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/utf8.h"
#include "report/markup.h"

namespace smcli {
namespace {

constexpr int kLetter = 7;  // width of a letter of the names, in pixels
constexpr int kNarrowest = 80, kWidest = 200;
constexpr int kHeight = 40;
constexpr int kGapX = 18, kGapY = 38;
constexpr int kMargin = 12;
constexpr int kSweeps = 6;  // of ordering the layers

struct Box {
  int layer = 0;
  double x = 0;  // of the centre
  int width = 0;
  int y = 0;  // of the top
};

class Layout {
 public:
  explicit Layout(const Subgraph& graph) : graph_(graph), boxes_(graph.nodes.size()) {
    for (size_t i = 0; i < boxes_.size(); ++i) {
      const SubgraphNode& node = graph.nodes[i];
      const int letters = std::max(DisplayWidth(ShortName(node.name)), DisplayWidth(node.op) + 1);
      boxes_[i].width = std::clamp(letters * kLetter + 20, kNarrowest, kWidest);
    }
    FindLayers();
    OrderLayers();
    Place();
  }

  // The last parts of a scoped name, which tell nodes apart.
  static std::string ShortName(const std::string& name) {
    constexpr size_t kLetters = 24;
    if (name.size() <= kLetters) return name;
    const size_t slash = name.find('/', name.size() - kLetters);
    return "…/" + name.substr(slash == name.npos ? name.size() - kLetters : slash + 1);
  }

  const Box& box(int i) const { return boxes_[static_cast<size_t>(i)]; }
  int width() const { return width_; }
  int height() const { return height_; }

 private:
  // Longest paths; a cycle stops growing after as many rounds as there are nodes.
  void FindLayers() {
    const auto limit = static_cast<int>(boxes_.size());
    for (int round = 0; round < limit; ++round) {
      bool moved = false;
      for (const SubgraphEdge& edge : graph_.edges) {
        Box& to = boxes_[static_cast<size_t>(edge.to)];
        const int below = box(edge.from).layer + 1;
        if (edge.from == edge.to || to.layer >= below || below >= limit) continue;
        to.layer = below;
        moved = true;
      }
      if (!moved) break;
    }
    // Sources stand right above what they feed.
    for (size_t i = 0; i < boxes_.size(); ++i) {
      int lowest = limit;
      bool has_input = false;
      for (const SubgraphEdge& edge : graph_.edges) {
        if (edge.to == static_cast<int>(i)) has_input = true;
        if (edge.from == static_cast<int>(i)) lowest = std::min(lowest, box(edge.to).layer);
      }
      if (!has_input && lowest < limit && lowest > 0) boxes_[i].layer = lowest - 1;
    }
    int depth = 0;
    for (const Box& one : boxes_) depth = std::max(depth, one.layer + 1);
    layers_.resize(static_cast<size_t>(depth));
    for (size_t i = 0; i < boxes_.size(); ++i)
      layers_[static_cast<size_t>(boxes_[i].layer)].push_back(static_cast<int>(i));
    std::erase_if(layers_, [](const std::vector<int>& layer) { return layer.empty(); });
  }

  // Each node near the middle of its neighbours, a few times over.
  void OrderLayers() {
    std::vector<double> position(boxes_.size(), 0);
    const auto number = [&] {
      for (const std::vector<int>& layer : layers_) {
        for (size_t i = 0; i < layer.size(); ++i) {
          position[static_cast<size_t>(layer[i])] = static_cast<double>(i) - static_cast<double>(layer.size()) / 2;
        }
      }
    };
    number();
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      for (std::vector<int>& layer : layers_) {
        std::vector<std::pair<double, int>> order;
        for (const int node : layer) order.emplace_back(Middle(node, position), node);
        std::ranges::stable_sort(order, {}, &std::pair<double, int>::first);
        std::ranges::transform(order, layer.begin(), &std::pair<double, int>::second);
        number();
      }
    }
  }

  double Middle(int node, const std::vector<double>& position) const {
    double sum = 0;
    int count = 0;
    for (const SubgraphEdge& edge : graph_.edges) {
      const int other = edge.from == node ? edge.to : edge.to == node ? edge.from : -1;
      if (other < 0) continue;
      sum += position[static_cast<size_t>(other)];
      ++count;
    }
    return count == 0 ? position[static_cast<size_t>(node)] : sum / count;
  }

  void Place() {
    const auto width_of = [&](const std::vector<int>& layer) {
      return std::accumulate(layer.begin(), layer.end(), -kGapX,
                             [&](int sum, int i) { return sum + box(i).width + kGapX; });
    };
    for (const std::vector<int>& layer : layers_) width_ = std::max(width_, width_of(layer) + 2 * kMargin);
    int y = kMargin;
    for (const std::vector<int>& layer : layers_) {
      int x = (width_ - width_of(layer)) / 2;
      for (const int i : layer) {
        Box& place = boxes_[static_cast<size_t>(i)];
        place.x = x + place.width / 2.0;
        place.y = y;
        x += place.width + kGapX;
      }
      y += kHeight + kGapY;
    }
    height_ = y - kGapY + kMargin;
  }

  const Subgraph& graph_;
  std::vector<Box> boxes_;
  std::vector<std::vector<int>> layers_;
  int width_ = 0, height_ = 0;
};

std::string_view ClassOf(const std::optional<ChangeKind>& change) { return change ? Name(*change) : "context"; }

std::string EdgePath(const Box& from, const Box& to) {
  const double x1 = from.x, x2 = to.x;
  const int y1 = from.y + kHeight, y2 = to.y;
  const double bend = std::max(20.0, (y2 - y1) / 2.0);
  return fmt::format("M{:.0f} {}C{:.0f} {:.0f} {:.0f} {:.0f} {:.0f} {}", x1, y1, x1, y1 + bend, x2, y2 - bend, x2, y2);
}

}  // namespace

std::string SvgOf(const Subgraph& graph) {
  if (graph.nodes.empty()) return "";
  const Layout layout(graph);
  std::string svg =
      fmt::format("<svg class=\"graph\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\">",
                  layout.width(), layout.height());
  for (const SubgraphEdge& edge : graph.edges) {
    svg += fmt::format("<path class=\"edge {}{}\" d=\"{}\"/>", ClassOf(edge.change), edge.control ? " control" : "",
                       EdgePath(layout.box(edge.from), layout.box(edge.to)));
  }
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const SubgraphNode& node = graph.nodes[i];
    const Box& box = layout.box(static_cast<int>(i));
    svg += fmt::format(
        "<g class=\"node {}\"><title>{} ({})</title><rect x=\"{:.0f}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
        ClassOf(node.change), Markup(node.name), Markup(node.op), box.x - box.width / 2.0, box.y, box.width, kHeight);
    svg += fmt::format(
        "<text class=\"op\" x=\"{:.0f}\" y=\"{}\">{}</text><text class=\"name\" x=\"{:.0f}\" y=\"{}\">{}</text></g>",
        box.x, box.y + 17, Markup(FittedTo(node.op, box.width / kLetter - 1)), box.x, box.y + 32,
        Markup(FittedTo(Layout::ShortName(node.name), box.width / kLetter + 2)));
  }
  return svg + "</svg>";
}

}  // namespace smcli
