/** What a page can do better with JavaScript: filter, search, expand, copy. Without it everything is there all the same. */
export const SCRIPT = `
(() => {
  'use strict';
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // A link to a case must show it, whatever is folded or filtered away around it.
  const reveal = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch {}
    const target = byId(id);
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      node.removeAttribute('data-hide');
      if (node.tagName === 'DETAILS') node.open = true;
    }
    target.scrollIntoView();
  };

  const tools = byId('tools');
  if (tools) {
    const nodes = all('[data-k]').map((node) => ({
      node,
      keys: node.dataset.k.split(' '),
      counted: node.matches('.row, tr'),
      text: ((node.dataset.id ?? node.id) + ' ' + node.textContent.slice(0, 900)).toLowerCase(),
    }));
    const groups = all('.suite, [data-group]');
    const fields = all('[name]', tools);
    const total = nodes.filter(({ counted }) => counted).length;
    const apply = () => {
      const words = fields[0].value.toLowerCase().split(' ').filter((word) => word !== '');
      const chosen = fields.slice(1).map((field) => field.value).filter((value) => value !== '');
      const filtered = words.length + chosen.length > 0;
      let shown = 0;
      for (const { node, keys, text, counted } of nodes) {
        const fits = chosen.every((value) => keys.includes(value)) && words.every((word) => text.includes(word));
        node.toggleAttribute('data-hide', !fits);
        if (fits && counted) shown++;
      }
      for (const group of groups) {
        const some = group.querySelector('[data-k]:not([data-hide])') !== null;
        group.toggleAttribute('data-hide', filtered && !some);
        if (filtered && some && group.tagName === 'DETAILS') group.open = true;
      }
      byId('f-count').textContent = (filtered ? shown + ' of ' : '') + total + ' cases';
    };
    // What is chosen stands in the address, so that it can be sent to somebody.
    const keep = () => {
      const pairs = fields.filter((field) => field.value !== '').map((field) => [field.name, field.value]);
      if (pairs.length > 0 || location.hash.startsWith('#?')) location.replace('#?' + new URLSearchParams(pairs));
    };
    const recall = () => {
      if (!location.hash.startsWith('#?')) return;
      const kept = new URLSearchParams(location.hash.slice(2));
      for (const field of fields) field.value = kept.get(field.name) ?? '';
      apply();
    };
    tools.addEventListener('input', () => { apply(); keep(); });
    byId('f-reset').addEventListener('click', () => {
      for (const field of fields) field.value = '';
      apply();
      keep();
    });
    const expand = byId('f-expand');
    expand.addEventListener('click', () => {
      const open = expand.getAttribute('aria-pressed') !== 'true';
      expand.setAttribute('aria-pressed', String(open));
      for (const node of all('main details')) node.open = open;
    });
    for (const link of all('[data-choose]')) {
      link.addEventListener('click', (event) => {
        const [name, value] = link.dataset.choose.split(' ');
        const field = fields.find((one) => one.name === name);
        if (!field || ![...field.options].some((option) => option.value === value)) return;
        event.preventDefault();
        field.value = field.value === value ? '' : value;
        apply();
        keep();
        tools.scrollIntoView({ block: 'nearest' });
      });
    }
    tools.hidden = false;
    apply();
    recall();
    addEventListener('hashchange', recall);
  }

  // Copying works on pages that came by plain http too, where there is no clipboard of the newer kind.
  const copy = async (text) => {
    try { await navigator.clipboard.writeText(text); return true; } catch {}
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  };
  const line = (node) => (node ? node.textContent.replace(/\\s+/g, ' ').trim() : '');
  const said = (row) => {
    const words = [...row.childNodes].filter((node) => node.className !== 'u').map((node) => node.textContent);
    return '    ' + (row.matches('.m') ? '> ' : '  ') + words[0].padStart(9) + '  ' + words.slice(1).join('');
  };
  const idOf = (box) => box.dataset.id ?? box.id;
  const runOf = (box) => box.closest('[data-run]').dataset.run + idOf(box);
  // Plain text that is quoted by its indent in Markdown too: nothing in it is markup anywhere.
  const ticket = (box) => {
    const own = (selector) => all(selector, box).filter((node) => node.closest('.case') === box);
    const facts = own('dl.facts > dt').map((name) => name.textContent + ': ' + line(name.nextElementSibling));
    const title = line(box.closest('details, article').querySelector('summary, h3'));
    return [
      title, box.closest('[data-about]').dataset.about, '',
      ...own('.sub').slice(0, 1).map(line), ...own('.clauses li, .why, .reason').map(line), ...facts, '',
      ...own('.t').flatMap((lines) => [...lines.children].map(said)), '',
      '    ' + runOf(box), '',
    ].join('\\n');
  };
  const button = (label, text) => {
    const node = document.createElement('button');
    node.type = 'button';
    node.className = 'copy';
    node.textContent = label;
    node.addEventListener('click', async () => {
      node.textContent = (await copy(text())) ? 'Copied' : 'Could not copy';
      setTimeout(() => { node.textContent = label; }, 1500);
    });
    return node;
  };
  const offer = (box) => {
    if (box.querySelector(':scope > .copies')) return;
    const copies = document.createElement('p');
    copies.className = 'copies';
    copies.append(button('Copy: run this case again', () => runOf(box)), button('Copy: transcript for a ticket', () => ticket(box)));
    box.append(copies);
  };
  for (const box of all('.case')) {
    const folded = box.closest('details');
    if (!folded || folded.open) offer(box);
    else folded.addEventListener('toggle', () => offer(box), { once: true });
  }

  addEventListener('hashchange', reveal);
  reveal();
})();
`.trim();
