import { CHART } from './frame.js';

/**
 * Shows the values of a chart where the pointer is, or where the arrow keys lead. They are read from the table that
 * stands below each chart, so that there is one source of them, with and without JavaScript.
 */
export const HOVER_SCRIPT = `
(() => {
  'use strict';
  for (const plot of document.querySelectorAll('svg.plot[data-x]')) {
    const places = plot.dataset.x.split(' ').map(Number);
    const figure = plot.closest('figure');
    const names = [...figure.querySelectorAll('thead th')].map((cell) => cell.textContent);
    const rows = [...figure.querySelectorAll('tbody tr')];
    if (rows.length === 0) continue;
    const cursor = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    cursor.setAttribute('class', 'cursor');
    const tip = document.createElement('p');
    tip.className = 'tip';
    tip.setAttribute('role', 'status');
    tip.hidden = true;
    plot.append(cursor);
    plot.after(tip);
    let shown = -1;
    const hide = () => {
      shown = -1;
      tip.hidden = true;
      cursor.removeAttribute('d');
    };
    const show = (index) => {
      if (index === shown) return;
      shown = index;
      const cells = [...rows[index].cells].map((cell) => cell.textContent);
      tip.textContent = [cells[0], ...names.slice(1).map((name, at) => name + '  ' + cells[at + 1])].join('\\n');
      tip.hidden = false;
      cursor.setAttribute('d', 'M' + places[index] + ' ${CHART.top}V${CHART.height - CHART.bottom}');
      const box = plot.getBoundingClientRect();
      const from = figure.getBoundingClientRect();
      const at = box.left - from.left + (places[index] / ${CHART.width}) * box.width;
      const room = from.width - tip.offsetWidth - 8;
      tip.style.left = Math.max(4, at + 10 > room ? at - 10 - tip.offsetWidth : at + 10) + 'px';
      tip.style.top = box.top - from.top + 12 + 'px';
    };
    plot.addEventListener('pointermove', (event) => {
      const box = plot.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * ${CHART.width};
      let nearest = 0;
      for (const index of places.keys())
        if (Math.abs(places[index] - x) < Math.abs(places[nearest] - x)) nearest = index;
      show(nearest);
    });
    plot.addEventListener('pointerleave', hide);
    plot.addEventListener('blur', hide);
    plot.tabIndex = 0;
    plot.addEventListener('keydown', ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (key === 'Escape') hide();
      else if (step !== undefined) show(Math.min(rows.length - 1, Math.max(0, shown + step)));
    });
  }
})();
`.trim();
