/**
 * The look of every page: a sheet of paper, ink, one stamp. System fonts and no images, so that a page is one file
 * and asks for nothing. Colours hold AA contrast in both themes, and stand beside a sign and a word everywhere.
 */
export const STYLE = `
:root{color-scheme:light dark;--paper:#f7f5f0;--sheet:#fffefb;--ink:#1b2330;--soft:#555e6d;--rule:#dcd6c9;
  --link:#1d4f91;--tint:#f1ede4;--good:#0f6650;--bad:#b3261e;--unsure:#67399b;--warn:#875000;--info:#1b5e86;
  --mark:#fbe3df;--send:#1d4f91;--a:#1d4f91;--b:#b3261e;--c:#0f6650;--d:#875000;--e:#67399b;--f:#1b2330;
  --serif:"Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,"DejaVu Serif",serif;
  --sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;
  --mono:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media(prefers-color-scheme:dark){
  :root{--paper:#12161c;--sheet:#191f27;--ink:#e7e3da;--soft:#a4acb9;--rule:#323a47;--link:#93bbf2;
    --tint:#222933;--good:#6ed0ac;--bad:#ff8d80;--unsure:#c9a8f4;--warn:#eeb25c;--info:#86c4ee;
    --mark:#43231f;--send:#93bbf2;--a:#93bbf2;--b:#ff8d80;--c:#6ed0ac;--d:#eeb25c;--e:#c9a8f4;--f:#e7e3da}
}
*{box-sizing:border-box}
html{scroll-padding-top:7rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 var(--sans);overflow-wrap:anywhere}
.edge{height:8px;
  background:repeating-linear-gradient(-55deg,var(--tone) 0 22px,var(--paper) 22px 32px,var(--link) 32px 54px,var(--paper) 54px 64px)}
.good{--tone:var(--good)}
.bad{--tone:var(--bad)}
.unsure{--tone:var(--unsure)}
.wrap{max-width:72rem;margin:0 auto;padding:0 1.25rem}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible,button:focus-visible,input:focus-visible,select:focus-visible,summary:focus-visible,[tabindex]:focus-visible{
  outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--sheet);padding:.5rem 1rem;z-index:9}
code,pre,kbd,.t,.mono{font-family:var(--mono);font-size:.86em}
code,.t{unicode-bidi:isolate;direction:ltr}
h1,h2{font-family:var(--serif);font-weight:600;line-height:1.2;text-wrap:balance}
h1{font-size:clamp(1.6rem,1.1rem + 2.2vw,2.55rem);margin:.35rem 0 1rem;letter-spacing:-.01em}
h2{font-size:1.45rem;margin:0 0 .9rem}
h3{font-size:1.05rem;line-height:1.35;margin:0}
h1.long{font-size:clamp(1.25rem,1rem + 1.1vw,1.75rem)}
section{margin:2.75rem 0}
.kicker{font:600 .78rem/1 var(--mono);letter-spacing:.12em;text-transform:uppercase;color:var(--soft);
  margin:0}
.top{display:grid;grid-template-columns:1fr auto;gap:1.5rem 2.5rem;align-items:start;
  padding:2.25rem 0 .5rem}
.hint{border-left:4px solid var(--tone);margin:0 0 1rem;padding:.25rem 0 .25rem .9rem}
.stamp{width:clamp(9rem,19vw,13.5rem);color:var(--tone)}
.stamp svg{display:block;width:100%;height:auto;overflow:visible}
.meta{display:flex;flex-wrap:wrap;gap:.6rem 2rem;margin:0;font-size:.9rem}
.meta div{min-width:0}
.meta dt{color:var(--soft);font-size:.78rem}
.meta dd{margin:0}
.chips{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;margin:1.5rem 0 0;padding:0}
.chips a{display:flex;gap:.45rem;align-items:baseline;padding:.35rem .8rem;border:1px solid var(--rule);
  border-radius:99px;background:var(--sheet);text-decoration:none;color:var(--ink);font-size:.92rem}
.chips a:hover{border-color:currentColor}
.chips .what{border:0;background:none;color:var(--link);text-decoration:underline}
.chips b{font-size:1.05rem;font-variant-numeric:tabular-nums}
.v{font-weight:650;white-space:nowrap}
.v::before{content:attr(data-s);display:inline-block;width:1.15em;text-align:center;margin-right:.25em}
.fail,.error{--v:var(--bad)}
.warn{--v:var(--warn)}
.inconclusive{--v:var(--unsure)}
.info{--v:var(--info)}
.pass{--v:var(--good)}
.blocked,.unsupported{--v:var(--soft)}
.v{color:var(--v)}
.whisker{width:12rem;height:1rem;vertical-align:middle}
.cols>figure:only-child{max-width:46rem}
.known{font:600 .75rem/1 var(--sans);color:var(--soft);border:1px solid currentColor;border-radius:4px;padding:.15rem .35rem}
.bar{display:block;width:100%;height:12px;margin:.9rem 0 0;border-radius:3px}
.cols{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:2rem}
.scroll{overflow-x:auto;margin:0}
table{border-collapse:collapse;width:100%;overflow-wrap:break-word;font-size:.9rem;
  font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);font-size:.85rem;padding:0 0 .4rem}
th,td{text-align:right;padding:.38rem .6rem;border-bottom:1px solid var(--rule);vertical-align:baseline}
th{font-weight:600}
table.slim{width:auto;min-width:min(100%,36rem)}
table.slim td{white-space:normal;overflow-wrap:anywhere}
thead th{color:var(--soft);font-size:.8rem;border-bottom-color:var(--soft);white-space:nowrap}
th:first-child,td:first-child,.l{text-align:left}
th:first-child,td:first-child{padding-left:0}
td{white-space:nowrap}
td.w{white-space:normal;text-align:left}
tbody th{font-weight:500;white-space:nowrap}
#rfcs th .dim{display:inline-block;max-width:min(18rem,19vw);overflow:hidden;text-overflow:ellipsis;vertical-align:bottom}
#rfcs td,#rfcs th{padding-block:.26rem}
.short{color:var(--bad);font-weight:650}
.dim{color:var(--soft)}
.cov{display:block;width:100%;min-width:5rem;height:10px}
.tools{position:sticky;top:0;z-index:5;display:flex;flex-wrap:wrap;gap:.5rem .75rem;align-items:center;
  background:var(--paper);border-block:1px solid var(--rule);padding:.6rem 0;margin:2rem 0 -1rem;
  font-size:.9rem}
#tools{display:contents}
#tools[hidden]{display:none}
.tools input[type=search]{flex:1 1 11rem;min-width:0}
.tools input,.tools select,.tools button,.copy{font:inherit;color:inherit;background:var(--sheet);
  border:1px solid var(--soft);border-radius:6px;padding:.35rem .6rem;max-width:100%}
.tools button,.copy{cursor:pointer}
.tools output{color:var(--soft);min-width:6rem}
.bytes{white-space:nowrap}
.bytes small{color:var(--soft);font-family:var(--mono)}
.copies{display:flex;flex-wrap:wrap;gap:.5rem;margin:.8rem 0 0}
.copy{font-size:.85rem}
.card{background:var(--sheet);border:1px solid var(--rule);border-left:5px solid var(--v,var(--rule));
  border-radius:6px;padding:1.1rem 1.25rem 1.2rem;margin:0 0 1.1rem}
.card:target,.in:target{outline:3px solid var(--link);outline-offset:3px}
.card h3{display:flex;gap:.2rem .7rem;align-items:baseline;flex-wrap:wrap}
.card h3 .ti{flex:1 1 12rem}
.tally{font-size:.82rem;font-weight:600;color:var(--soft);border:1px solid var(--rule);border-radius:99px;
  padding:.1rem .7rem}
summary h4{display:inline}
.wits{border-top:1px solid var(--rule);margin-top:1rem!important;padding-top:.7rem}
h4{font-size:.9rem;margin:0 0 .3rem;color:var(--soft)}
.wit{margin:.15rem 0!important}
.wit>summary{width:auto!important}
.wit .ti{font-family:var(--mono);font-size:.86em}
.wit>summary code{color:var(--soft)}
.wit>.in{border-left:2px solid var(--rule);padding:.2rem 0 .6rem 1rem;margin:.3rem 0 .8rem .3rem}
.seen{margin:0;padding:0;list-style:none}
.sub{margin:.25rem 0 .8rem;color:var(--soft);font-size:.88rem}
.clauses{margin:0 0 .8rem;padding:0;list-style:none;font-family:var(--serif)}
.clauses li{padding:.12rem 0 .12rem .9rem;border-left:2px solid var(--rule)}
.clauses b{font:600 .82rem var(--sans);color:var(--soft);margin-right:.5rem;white-space:nowrap}
.why{margin:0 0 .8rem;color:var(--soft)}
.reason{font-weight:600;margin:.9rem 0 .5rem}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.22rem 1rem;margin:0 0 .9rem;
  font-size:.93rem}
.facts dt{color:var(--soft);font-size:.85rem;padding-top:.1rem}
.facts dd{margin:0}
.facts dd code{white-space:pre-wrap}
.got code{color:var(--v);font-weight:600}
details>summary{cursor:pointer;list-style-position:inside}
.card details,.row details{margin:.5rem 0 0}
.card summary,.row summary{color:var(--link);font-size:.9rem;width:fit-content}
.proof{display:grid;grid-template-columns:minmax(0,2fr) minmax(0,3fr);gap:.5rem 1.5rem;align-items:start}
.box,.t{display:block;background:var(--tint);border-radius:5px;padding:.6rem .75rem;margin:.4rem 0 0;
  white-space:pre-wrap;line-height:1.55;overflow-wrap:anywhere}
.box mark,.t .m{background:var(--mark);color:inherit;box-shadow:-4px 0 0 var(--bad)}
.box span,.box mark{display:block}
.t{padding:.45rem .75rem}
.t p{position:relative;margin:0;padding:0 .2rem 0 4.6rem}
.t i{position:absolute;left:0;width:3.9rem;font-style:normal;color:var(--soft);text-align:right;font-size:.92em}
.t .C{color:var(--send)}
.t .X{color:var(--soft)}
.t .m i::before{content:"\\25b6\\a0";color:var(--bad)}
.t .m+.m i::before{content:none}
.t .o{display:none}
body:has(#bytes:checked) .t .o{display:inline}
body:has(#bytes:checked) .t .u{display:none}
body:has(#bytes:checked) .t p:not(.X,.n)::after{content:"\\\\r\\\\n";color:var(--soft)}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.sign{display:inline-block;min-width:1em;text-align:center;font-weight:650}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;margin:0 0 .8rem;padding:0;
  color:var(--soft);font-size:.88rem}
.key span{color:var(--v);font-weight:600}
.mx{--first:25rem;--col:7.4rem;overflow:auto;max-height:calc(100vh - 8rem);min-height:24rem;background:var(--sheet);border:1px solid var(--rule);
  border-radius:6px;font-size:.9rem;position:relative}
.mx.many{--first:20rem;--col:3.9rem}
.mx table{table-layout:fixed;width:0}
.mx th:first-child{width:var(--first);position:sticky;left:0;background:var(--sheet);z-index:1;padding-left:2.1rem}
.mx td,.mx th{width:var(--col);text-align:center;padding:.3rem .25rem;color:var(--v,inherit)}
.mx .short{color:var(--bad)}
.mx th:first-child{text-align:left;white-space:normal}
.mx td a{color:inherit;font-weight:650;text-decoration-thickness:2px}
.mxh{position:sticky;top:0;z-index:3;background:var(--sheet)}
.mxh thead th{color:var(--ink);vertical-align:bottom;white-space:normal}
.mxh tr:last-child>*{border-bottom:2px solid var(--soft)}
.mxh td,.mxh tbody th{font-size:.82rem;white-space:nowrap}
.mx.many .mxh thead th:not(:first-child){height:9rem;padding:.4rem 0}
.mx.many .mxh thead th:not(:first-child) span{display:inline-block;writing-mode:vertical-rl;transform:rotate(180deg);
  max-height:8.4rem;overflow:hidden;white-space:nowrap}
.mx.many .mxh td{font-size:.68rem;padding-inline:0}
.mx .suite>summary{display:grid;grid-template-columns:var(--first);grid-auto-flow:column;grid-auto-columns:var(--col);
  gap:0;padding:0;width:max-content;align-items:stretch}
.mx summary>*{padding:.4rem .25rem;text-align:center;color:var(--v,inherit);position:relative}
.mx summary h3{position:sticky;left:0;background:var(--sheet);z-index:1;text-align:left;padding-left:1.6rem}
.mx summary h3::before{content:"\\25b8";color:var(--soft);position:absolute;left:.5rem}
.mx details[open]>summary h3::before{content:"\\25be"}
.mx .suite>summary::before,.mx .suite[open]>summary::before{content:none}
.mx .hd th{font-size:0;line-height:0;padding:0;border:0}
.mx .suite .suite>summary h3{padding-left:2.1rem;font-weight:500}
.mx .suite .suite>summary h3::before{left:1.1rem}
.mx .suite>p{padding:0 2.1rem;position:sticky;left:0;width:fit-content}
.mx .suite>summary{background:var(--sheet);border-bottom:1px solid var(--rule)}
.few td.fail::after{content:" fail"}
.few td.error::after{content:" error"}
.few td.warn::after{content:" warn"}
.few td.inconclusive::after{content:" unsure"}
.few td.info::after{content:" info"}
.few td.blocked::after{content:" blocked"}
.few td.unsupported::after{content:" unsupp."}
.mx [data-k] td:not([class]){color:var(--good)}
.few [data-k] td:not([class])::after{content:" pass"}
.suite{border-bottom:1px solid var(--rule)}
.suite>summary{padding:.55rem 0;display:flex;gap:.2rem 1rem;flex-wrap:wrap;align-items:baseline}
.suite>summary::before{content:"\\25b8";color:var(--soft);width:1em}
.suite[open]>summary::before{content:"\\25be"}
.suite>summary::-webkit-details-marker{display:none}
.suite h3{font-family:var(--mono);font-size:.95rem;font-weight:600;flex:1}
.suite .n{display:flex;flex-wrap:wrap;gap:.1rem .9rem;font-size:.85rem}
.rows{padding:0 0 1rem 1.3rem}
.row{border-top:1px solid var(--rule);padding:.4rem 0}
details.card>summary{list-style:none;color:inherit;width:auto}
.row>p{margin:0}
.row>summary,.row>a,.row>p{display:grid;grid-template-columns:8.2rem minmax(0,1fr) auto;gap:.2rem 1rem;
  color:inherit;font-size:.93rem;width:auto;text-decoration:none}
.row>summary::-webkit-details-marker{display:none}
.row>summary:hover .ti,.row>a:hover .ti{text-decoration:underline}
.row .la{color:var(--soft);font-size:.84rem;text-align:right}
.row .in{padding:.6rem 0 .4rem 1rem}
.checklist{list-style:none;margin:0;padding:0}
.checklist>li{display:grid;grid-template-columns:8.2rem minmax(0,1fr);gap:.2rem 1rem;border-bottom:1px solid var(--rule);padding:.45rem 0}
.steps{margin:0;padding-left:1.2rem}
.defs{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.35rem 1.25rem;margin:0}
.defs dd{margin:0}
.figures{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:1px;background:var(--rule);
  border:1px solid var(--rule);border-radius:6px;overflow:hidden;margin:0}
.figures div{background:var(--sheet);padding:.8rem 1rem;display:flex;flex-direction:column}
.figures dt{color:var(--soft);font-size:.82rem;order:1}
.figures dd{margin:0;font:600 1.5rem/1.25 var(--serif)}
.figures .note{order:2;font:400 .82rem/1.4 var(--sans);color:var(--soft)}
figure{margin:0;background:var(--sheet);border:1px solid var(--rule);border-radius:6px;
  padding:1rem 1.1rem .9rem;min-width:0}
figcaption{font-weight:600;margin:0 0 .2rem}
figure p{margin:0;color:var(--soft);font-size:.85rem}
figure svg.plot{display:block;width:100%;height:auto;margin:.4rem 0 .3rem;overflow:visible}
.plot text{fill:var(--soft);font:11.5px var(--sans)}
.plot .grid{stroke:var(--rule);stroke-width:1}
.plot .axis{stroke:var(--soft);stroke-width:1}
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.a{stroke:var(--a)}
.b{stroke:var(--b);stroke-dasharray:7 4}
.c{stroke:var(--c);stroke-dasharray:2 4}
.d{stroke:var(--d);stroke-dasharray:10 3 2 3}
.e5{stroke:var(--e);stroke-dasharray:4 2}
.f{stroke:var(--f);stroke-dasharray:1 3}
.dot.a{fill:var(--a)}
.dot.b{fill:var(--b)}
.dot.c{fill:var(--c)}
.dot.d{fill:var(--d)}
.dot.e5{fill:var(--e)}
.dot.f{fill:var(--f)}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;margin:.3rem 0 0;padding:0;
  font-size:.85rem}
.legend svg{width:2rem;height:.7rem;margin-right:.4rem;vertical-align:baseline}
.legend li{white-space:nowrap}
figure details{margin-top:.5rem;font-size:.9rem}
figure summary{color:var(--link)}
figure .scroll{max-height:22rem;overflow:auto}
footer{border-top:1px solid var(--rule);color:var(--soft);font-size:.85rem;padding:1rem 0 2.5rem;
  margin-top:3rem}
[data-hide]{display:none!important}
@media(max-width:46rem){
  .figures{grid-template-columns:repeat(2,minmax(0,1fr))}
  .top{grid-template-columns:1fr}
  .stamp{order:-1;width:9.5rem}
  .proof{grid-template-columns:minmax(0,1fr)}
  .card{padding:.9rem}
  .row>summary,.row>a,.row>p{grid-template-columns:minmax(0,1fr)}
  .row .la{text-align:left}
  .checklist>li{grid-template-columns:minmax(0,1fr)}
  .rows{padding-left:.4rem}
  .facts,.defs{grid-template-columns:minmax(0,1fr)}
  .facts dd,.defs dd{margin-bottom:.4rem}
  .t p{padding-left:3.9rem}
  .t i{width:3.4rem}
  html{scroll-padding-top:1rem}
  .scroll td.w{min-width:12rem}
  .tools{position:static}
  #rfcs th .dim{max-width:9rem}
  .mx{--first:9.5rem;--col:6.4rem}
  .mx.many{--first:9.5rem;--col:3.4rem}
  .mx th:first-child{padding-left:.6rem}
}
@media print{
  :root{--paper:#fff;--sheet:#fff;--ink:#000;--soft:#444;--rule:#bbb;--tint:#f4f4f4;--link:#000;
    --good:#0f6650;--bad:#b3261e;--unsure:#67399b;--warn:#875000;--info:#1b5e86;--mark:#fbe3df;
    --send:#1d4f91;--a:#1d4f91;--b:#b3261e;--c:#0f6650;--d:#875000;--e:#67399b;--f:#000}
  body{font-size:10pt}
  .tools,.skip,.copies{display:none!important}
  .mx{max-height:none;overflow:visible;font-size:.8rem;--first:14rem;--col:5rem}
  .mx.many{--first:14rem;--col:1.9rem}
  .mxh,.mx th:first-child,.mx summary h3{position:static}
  .mx.many .mxh td{writing-mode:vertical-rl;padding-block:.3rem}
  .scroll{overflow:visible}
  .scroll table{font-size:8pt}
  .scroll th,.scroll td{padding-inline:.3rem}
  #rfcs th .dim{max-width:11rem}
  .card,figure,tr{break-inside:avoid}
  h2,h3{break-after:avoid}
  section{margin:1.5rem 0}
  .edge{print-color-adjust:exact}
}
`.trim();
