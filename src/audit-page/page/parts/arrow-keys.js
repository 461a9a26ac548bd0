const steps = { ArrowDown: 1, ArrowUp: -1 };

/** Lets arrow keys move between the lines of a list, besides Tab. */
export function moveByArrows(list, selector) {
  list.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !event.target.matches(selector)) return;
    const lines = [...list.querySelectorAll(selector)];
    const index = lines.indexOf(event.target);
    const next = { Home: 0, End: lines.length - 1 }[event.key] ?? index + (steps[event.key] ?? 0);
    if (next === index || lines[next] === undefined) return;
    event.preventDefault();
    lines[next].focus();
  });
  return list;
}
