// How the card looks: Home Assistant's design tokens, and three colours of data that are told apart
// with any colour vision and in both themes. What a colour says, a place, a dash or a word says too.

export const STYLES = `
:host {
  --data-charge: #0a66b7; --data-discharge: #b45a00; --data-soc: #00796b;
  --edge: var(--divider-color, #e0e0e0);
  --quiet: var(--secondary-text-color, #5e5e5e);
  --loud: var(--primary-text-color, #141414);
  --accent: var(--primary-color, #009ac7);
  display: block; color: var(--loud);
}
:host([dark]) { --data-charge: #6fb7ff; --data-discharge: #ffb257; --data-soc: #4fd0bb; }
[hidden] { display: none !important; }
ha-card { block-size: 100%; box-sizing: border-box; }
.card { container-type: inline-size; padding: var(--ha-space-4, 16px); overflow-wrap: anywhere; }
.sections { display: grid; gap: var(--ha-space-5, 20px); }
h2, h3, p, dl, dd, ul { margin: 0; padding: 0; }
h2 { font-size: var(--ha-font-size-xl, 20px); font-weight: var(--ha-font-weight-normal, 400); line-height: 1.3; }
h3 { font-size: var(--ha-font-size-m, 14px); font-weight: var(--ha-font-weight-medium, 500);
  color: var(--quiet); margin-block-end: var(--ha-space-2, 8px); }
section { min-inline-size: 0; font-size: var(--ha-font-size-m, 14px); line-height: 1.45; }
.body { display: grid; gap: var(--ha-space-2, 8px); justify-items: start; }
.body > * { max-inline-size: 100%; }
.quiet { color: var(--quiet); font-size: var(--ha-font-size-s, 12px); }
ha-icon { --mdc-icon-size: 20px; flex: none; }
a { color: inherit; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

.now .body { display: flex; flex-wrap: wrap; gap: var(--ha-space-2, 8px) var(--ha-space-5, 20px); align-items: center; }
.charge-level { inline-size: 104px; }
.soc-value { font-size: 32px; line-height: 1.15; font-variant-numeric: tabular-nums; }
.gauge { block-size: 6px; border-radius: 3px; background: var(--edge); overflow: hidden; }
.gauge div { block-size: 100%; background: var(--data-soc); }
.doing { flex: 1 1 200px; display: grid; gap: var(--ha-space-1, 4px); }
.doing .power { font-size: var(--ha-font-size-l, 16px); }
.command, .line, .what { display: flex; gap: var(--ha-space-2, 8px); align-items: center; }
.command { color: var(--quiet); }
.line.good ha-icon { color: var(--success-color, #0b8235); }

.notices { display: grid; gap: var(--ha-space-2, 8px); }
.notices:not(:empty) { margin-block-end: var(--ha-space-3, 12px); }
.notice { display: flex; gap: var(--ha-space-2, 8px); padding: var(--ha-space-3, 12px);
  border-radius: var(--ha-border-radius-md, 8px); border-inline-start: 4px solid;
  inline-size: 100%; box-sizing: border-box; }
.notice > div { min-inline-size: 0; display: grid; gap: var(--ha-space-2, 8px); justify-items: start; }
.notice.info { border-color: var(--info-color, #039be5); background: color-mix(in srgb, var(--info-color, #039be5) 10%, transparent); }
.notice.warning { border-color: var(--warning-color, #ffa600); background: color-mix(in srgb, var(--warning-color, #ffa600) 12%, transparent); }
.notice ul, .made ul { padding-inline-start: 18px; display: grid; gap: var(--ha-space-2, 8px); }
.notice ul:has(> :only-child), .made ul:has(> :only-child) { list-style: none; padding-inline-start: 0; }
.head { font-weight: var(--ha-font-weight-medium, 500); }

.moment { min-block-size: 120px; margin-block-end: var(--ha-space-3, 12px); }
.when { color: var(--quiet); font-size: var(--ha-font-size-s, 12px); }
.what { font-size: var(--ha-font-size-l, 16px); }
.what.charge ha-icon { color: var(--data-charge); }
.what.discharge ha-icon { color: var(--data-discharge); }
.moment .why { margin-block: var(--ha-space-1, 4px); }
.facts { display: flex; flex-wrap: wrap; gap: var(--ha-space-1, 4px) var(--ha-space-4, 16px); }
dt { color: var(--quiet); font-size: var(--ha-font-size-s, 12px); }
dd { font-variant-numeric: tabular-nums; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(112px, 1fr)); gap: var(--ha-space-3, 12px); inline-size: 100%; }
.figures.pairs { grid-template-columns: 1fr 1fr; }
.figures dd { font-size: var(--ha-font-size-l, 16px); }

.chart { touch-action: pan-y; cursor: crosshair; border-radius: 4px; }
.chart svg { display: block; inline-size: 100%; }
.chart text { fill: var(--quiet); font-size: 11px; font-family: inherit; font-variant-numeric: tabular-nums; }
.chart text.now { fill: var(--loud); }
.chart line { stroke: var(--edge); stroke-width: 1; }
.hours line { stroke-dasharray: 1 4; }
.hours line.midnight { stroke-dasharray: none; }
.chart line.zero { stroke: var(--quiet); }
.chart line.now { stroke: var(--loud); stroke-width: 1.5; }
.chart line.cursor { stroke: var(--accent); stroke-width: 2; }
.chart path { fill: none; stroke-linejoin: round; }
.run { opacity: 0.13; }
.run.charge, path.power.charge { fill: var(--data-charge); }
.run.discharge, path.power.discharge { fill: var(--data-discharge); }
path.power.itself { fill: var(--quiet); fill-opacity: 0.35; }
path.power.past { fill: var(--quiet); fill-opacity: 0.7; }
path.import { stroke: var(--loud); stroke-width: 2; }
path.import.expected { stroke-dasharray: 5 3; }
path.export { stroke: var(--quiet); stroke-width: 1.5; stroke-dasharray: 1.5 3; }
.chart path.band { fill: var(--quiet); fill-opacity: 0.22; }
path.soc { stroke: var(--data-soc); stroke-width: 2; }
path.soc.planned { stroke-dasharray: 5 3; }
.chart path.soc.area { fill: var(--data-soc); fill-opacity: 0.18; stroke: none; }

.legend { display: flex; flex-wrap: wrap; gap: 2px var(--ha-space-3, 12px); list-style: none;
  margin-block: var(--ha-space-2, 8px); color: var(--quiet); font-size: var(--ha-font-size-s, 12px); }
.legend li { display: flex; align-items: center; gap: 6px; }
.key { inline-size: 18px; block-size: 0; border-block-start: 2px solid var(--loud); flex: none; }
.key.expected { border-block-start-style: dashed; }
.key.export { border-block-start: 2px dotted var(--quiet); }
.key.soc { border-color: var(--data-soc); }
.key.planned { border-block-start-style: dashed; }
.key.box, .key.band { block-size: 10px; inline-size: 12px; border: 0; }
.key.charge { background: var(--data-charge); }
.key.discharge { background: var(--data-discharge); }
.key.itself { background: color-mix(in srgb, var(--quiet) 35%, transparent); }
.key.band { background: color-mix(in srgb, var(--quiet) 22%, transparent); }
summary { cursor: pointer; padding-block: var(--ha-space-2, 8px); }
.table { overflow-x: auto; }
table { border-collapse: collapse; inline-size: 100%; font-size: var(--ha-font-size-s, 12px); }
th, td { text-align: start; vertical-align: top; padding: 6px 8px 6px 0; border-block-end: 1px solid var(--edge);
  font-weight: inherit; overflow-wrap: normal; }
thead th { color: var(--quiet); }
td .why { color: var(--quiet); min-inline-size: 110px; }

.row { display: flex; justify-content: space-between; align-items: center; flex-wrap: wrap;
  gap: var(--ha-space-2, 8px); inline-size: 100%; }
select, .plain, .strong { font: inherit; color: inherit; min-block-size: 40px; border-radius: var(--ha-border-radius-md, 8px);
  border: 1px solid var(--quiet); background: var(--card-background-color, #fff); padding-inline: var(--ha-space-3, 12px); max-inline-size: 100%; }
.plain, .strong { display: inline-flex; align-items: center; gap: var(--ha-space-2, 8px); cursor: pointer; }
.plain:hover { background: color-mix(in srgb, var(--loud) 6%, transparent); }
.strong { background: var(--loud); color: var(--card-background-color, #fff); border-color: var(--loud); }
.strong:hover { background: color-mix(in srgb, var(--loud) 86%, var(--card-background-color, #fff)); }
:disabled { opacity: 0.5; cursor: default; }
.switch { inline-size: 48px; block-size: 28px; border-radius: 14px; border: 2px solid var(--quiet); padding: 2px;
  background: transparent; cursor: pointer; }
.switch .knob { display: block; inline-size: 20px; block-size: 20px; border-radius: 10px; background: var(--quiet); }
.switch[aria-checked=true] { background: var(--loud); border-color: var(--loud); }
.switch[aria-checked=true] .knob { background: var(--card-background-color, #fff); margin-inline-start: auto; }
.result:empty { display: none; }
dialog { color: inherit; background: var(--card-background-color, #fff); border: 1px solid var(--edge);
  border-radius: var(--ha-border-radius-lg, 12px); max-inline-size: min(420px, calc(100vw - 32px)); box-sizing: border-box;
  padding: var(--ha-space-5, 20px); }
dialog::backdrop { background: rgb(0 0 0 / 50%); }
dialog h3 { color: var(--loud); font-size: var(--ha-font-size-l, 16px); }
dialog p { margin-block-end: var(--ha-space-3, 12px); }
.buttons { display: flex; justify-content: end; flex-wrap: wrap; gap: var(--ha-space-2, 8px); }
.advice { margin-block-start: 2px; }

@container (min-width: 640px) {
  .sections { grid-template-columns: 1fr 1fr; column-gap: var(--ha-space-8, 32px); }
  .now, .plan, .link { grid-column: 1 / -1; }
}
@media (forced-colors: active) {
  .switch .knob { background: ButtonText; }
  .run { opacity: 0.3; }
}
`;
