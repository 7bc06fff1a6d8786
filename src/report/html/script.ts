/** What a page can do better with JavaScript: filter, search, expand. Without it everything is there all the same. */
export const SCRIPT = `
(() => {
  'use strict';
  const byId = (id) => document.getElementById(id);

  // A link to a case must show it, whatever is folded or filtered away around it.
  const reveal = () => {
    const target = byId(location.hash.slice(1));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      node.removeAttribute('data-hide');
      if (node.tagName === 'DETAILS') node.open = true;
    }
    target.scrollIntoView();
  };
  addEventListener('hashchange', reveal);

  const tools = byId('tools');
  if (tools) {
    const cases = [...document.querySelectorAll('[data-v]')].map((node) => ({
      node,
      isRow: node.classList.contains('row'),
      text: (node.dataset.id + ' ' + node.textContent.slice(0, 600)).toLowerCase(),
    }));
    const groups = document.querySelectorAll('.suite, [data-group]');
    const fields = ['f-text', 'f-verdict', 'f-rfc'].map(byId);
    const apply = () => {
      const [text, verdict, rfc] = fields.map((field) => field.value);
      const words = text.toLowerCase().split(' ').filter((word) => word !== '');
      const filtered = words.length > 0 || verdict !== '' || rfc !== '';
      for (const { node, text } of cases) {
        const fits =
          (verdict === '' || node.dataset.v === verdict) &&
          (rfc === '' || node.dataset.r === rfc) &&
          words.every((word) => text.includes(word));
        node.toggleAttribute('data-hide', !fits);
      }
      for (const group of groups) {
        const some = group.querySelector('[data-v]:not([data-hide])') !== null;
        group.toggleAttribute('data-hide', filtered && !some);
        if (filtered && some && group.tagName === 'DETAILS') group.open = true;
      }
      const rows = cases.filter(({ isRow }) => isRow);
      const shown = rows.filter(({ node }) => !node.hasAttribute('data-hide')).length;
      byId('f-count').textContent = (filtered ? shown + ' of ' : '') + rows.length + ' cases';
    };
    for (const field of fields) field.addEventListener('input', apply);
    byId('f-reset').addEventListener('click', () => {
      for (const field of fields) field.value = '';
      apply();
    });
    const expand = byId('f-expand');
    expand.addEventListener('click', () => {
      const open = expand.getAttribute('aria-pressed') !== 'true';
      expand.setAttribute('aria-pressed', String(open));
      for (const node of document.querySelectorAll('#cases details, #findings details')) node.open = open;
    });
    tools.hidden = false;
    apply();
  }
  reveal();
})();
`.trim();
