#include "diff/html_report.h"

namespace smcli {

const std::string_view kHtmlStyle = R"css(
:root {
  --paper: #fbfbf9; --card: #fff; --ink: #1d2329; --soft: #66707a; --line: #e3e5e2; --accent: #2f5d8a;
  --added: #1a7f4b; --added-bg: #e4f5ea; --removed: #b3352c; --removed-bg: #fbe9e7;
  --changed: #9a6700; --changed-bg: #fff4d6; --renamed: #5b4bb5; --renamed-bg: #eeebfb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --card: #1c2024; --ink: #e4e7ea; --soft: #98a2ad; --line: #2e343a; --accent: #83b4e2;
    --added: #63c98f; --added-bg: #16311f; --removed: #ef8a80; --removed-bg: #3a1b19;
    --changed: #e3b341; --changed-bg: #362a0c; --renamed: #aba0f2; --renamed-bg: #272245;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 32px 24px 64px; }
td.whole { white-space: nowrap; }
code, .mono, td.key { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 13px; }
header h1 { font-size: 22px; font-weight: 650; margin: 0 0 4px; letter-spacing: -.01em; }
header .pair { color: var(--soft); overflow-wrap: anywhere; }
header .pair b { color: var(--ink); font-weight: 550; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 12px; margin: 20px 0 8px; }
.tile { background: var(--card); border: 1px solid var(--line); border-top: 3px solid var(--line); border-radius: 8px; padding: 10px 14px; }
.tile .label { color: var(--soft); font-size: 12px; text-transform: uppercase; letter-spacing: .05em; }
.tile .value { font-size: 17px; font-weight: 600; }
.tile .hint { color: var(--soft); font-size: 13px; }
.tile.same { border-top-color: var(--added); }
.tile.differs { border-top-color: var(--changed); }
.tile.broken { border-top-color: var(--removed); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin-top: 20px; padding: 16px 20px 18px; overflow-x: auto; }
h2 { font-size: 17px; margin: 0 0 10px; }
h3 { font-size: 14px; margin: 18px 0 6px; }
h3 .soft, .soft { color: var(--soft); font-weight: 400; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-size: 12px; font-weight: 550; color: var(--soft); border-bottom: 1px solid var(--line); padding: 4px 10px 4px 0; }
td { border-bottom: 1px solid var(--line); padding: 5px 10px 5px 0; vertical-align: top; overflow-wrap: anywhere; }
tr:last-child td { border-bottom: 0; }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.mark { width: 24px; padding-right: 4px; }
.mark i { display: inline-block; width: 18px; height: 18px; line-height: 18px; border-radius: 4px; text-align: center; font-style: normal; font-weight: 700; font-size: 13px; }
i.added { background: var(--added-bg); color: var(--added); }
i.removed { background: var(--removed-bg); color: var(--removed); }
i.changed { background: var(--changed-bg); color: var(--changed); }
i.renamed { background: var(--renamed-bg); color: var(--renamed); }
.chip { display: inline-block; border: 1px solid var(--line); border-radius: 99px; padding: 0 8px; margin: 0 4px 2px 0; font-size: 11px; font-weight: 600; color: var(--soft); }
.chip.bad { color: var(--removed); border-color: var(--removed); }
.sides td.old, .sides td.new { width: 38%; }
td.gone { background: var(--removed-bg); color: var(--removed); }
td.fresh { background: var(--added-bg); color: var(--added); }
td.moved { background: var(--changed-bg); }
td.void { color: var(--line); }
.sides td.old, .sides td.new { padding-left: 8px; }
details summary { cursor: pointer; }
details > div { padding: 4px 0 4px 16px; color: var(--soft); }
.bar { position: relative; height: 9px; border-radius: 5px; background: var(--line); min-width: 120px; margin-top: 7px; overflow: hidden; }
.bar span { position: absolute; inset: 0 auto 0 0; border-radius: 5px; background: var(--accent); }
.bar span.less { background: var(--removed); }
.bar span.more { background: var(--added); }
.drawing { overflow-x: auto; margin: 10px 0 4px; border: 1px solid var(--line); border-radius: 8px; background: var(--paper); text-align: center; }
svg.graph { display: inline-block; max-width: none; }
svg .edge { fill: none; stroke: var(--soft); stroke-width: 1.3; opacity: .55; }
svg .edge.control { stroke-dasharray: 4 3; }
svg .edge.added { stroke: var(--added); opacity: 1; }
svg .edge.removed { stroke: var(--removed); opacity: 1; stroke-dasharray: 2 3; }
svg .node rect { fill: var(--card); stroke: var(--line); stroke-width: 1.2; }
svg .node text { text-anchor: middle; fill: var(--ink); font-family: ui-monospace, Menlo, Consolas, monospace; }
svg .node .op { font-size: 12px; font-weight: 650; }
svg .node .name { font-size: 10.5px; fill: var(--soft); }
svg .node.context .op { font-weight: 450; fill: var(--soft); }
svg .node.added rect { fill: var(--added-bg); stroke: var(--added); }
svg .node.removed rect { fill: var(--removed-bg); stroke: var(--removed); stroke-dasharray: 4 3; }
svg .node.changed rect { fill: var(--changed-bg); stroke: var(--changed); }
svg .node.renamed rect { fill: var(--renamed-bg); stroke: var(--renamed); }
footer { color: var(--soft); font-size: 12px; margin-top: 24px; }
@media (max-width: 700px) { main { padding: 16px 10px; } .sides td.old, .sides td.new { width: auto; } }
)css";

}  // namespace smcli
