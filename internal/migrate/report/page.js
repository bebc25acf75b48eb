const form = document.querySelector('form');
const findings = [...document.querySelectorAll('article')].map((node) => ({ node, text: node.textContent.toLowerCase() + ' ' + node.parentNode.dataset.path.toLowerCase() }));
const show = () => {
  const { rule, certainty, words } = form.elements;
  let shown = 0;
  for (const { node, text } of findings) {
    const fits = (!rule.value || node.dataset.rule === rule.value) && (!certainty.value || node.dataset.certainty === certainty.value) && text.includes(words.value.trim().toLowerCase());
    node.hidden = !fits;
    shown += fits;
  }
  for (const file of document.querySelectorAll('section[data-path]')) file.hidden = !file.querySelector('article:not([hidden])');
  form.querySelector('output').textContent = shown === findings.length ? '' : shown + ' of ' + findings.length;
};
form.hidden = false;
form.addEventListener('input', show);
form.addEventListener('submit', (event) => event.preventDefault());
show();
