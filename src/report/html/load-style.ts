/** What only the page of a load run has: its score, and charts that tell their values. */
export const LOAD_STYLE = `
#thresholds{margin:1.25rem 0}
.score{grid-template-columns:1.5fr repeat(4,minmax(0,1fr));margin:0 0 2.75rem}
.work{display:flex;flex-wrap:wrap}
.work div{flex:1 1 11rem}
tbody .group{color:var(--soft);font-size:.8rem;padding-top:1rem}
.line.base{stroke:var(--soft);stroke-width:1.25}
.dot.base{fill:var(--soft)}
.plot .mark{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 3}
.cursor{stroke:var(--ink);stroke-width:1}
figure{position:relative}
.plot{touch-action:pan-y}
figure .tip{position:absolute;pointer-events:none;white-space:pre;background:var(--ink);color:var(--sheet);
  font:.82rem/1.45 var(--sans);font-variant-numeric:tabular-nums;padding:.35rem .6rem;border-radius:5px;z-index:3}
#base td{white-space:nowrap}
#base ul{margin:0 0 1rem;padding-left:1.2rem}
@media(max-width:64rem){
  .score{grid-template-columns:repeat(2,minmax(0,1fr))}
  .score div:first-child{grid-column:1/-1}
}
@media(max-width:46rem){
  .top{position:relative;padding-top:1.25rem}
  .top .kicker{min-height:4.25rem}
  .top .stamp{position:absolute;right:0;top:.75rem;width:7.5rem}
  .top .meta{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .9rem}
  .top .meta div{display:contents}
  .figures div{padding:.55rem .7rem}
  .figures dd:not(.note){font-size:1.25rem}
  #thresholds td{padding-block:.25rem}
  .plot text{font-size:15px}
}
@media print{
  figure .tip,.cursor{display:none}
}
`.trimEnd();
