// What moves in the picture: a dot for each request that arrives, is handed to a replica, or is
// answered; where more come than an eye can follow, one dot stands for several.

const [MOST_DOTS, DOT_MS, DOTS_PER_SECOND] = [90, 520, 30];

// How many of a count to draw: what is left over counts for the next frame.
function thinned() {
  const left = {};
  return (name, count, each) => {
    const owed = (left[name] ?? 0) + count / each;
    left[name] = owed % 1;
    return Math.floor(owed);
  };
}

const exit = ({ width, out, top, inner }) => [width - out / 2, top + inner / 2 - 24];

function dots(picture) {
  let alive = [];
  const share = thinned();
  function add(from, to, css, begins) {
    if (alive.length >= MOST_DOTS) return;
    const node = dot(from[0], from[1], 3, css, { visibility: "hidden" });
    picture.moving.append(node);
    alive.push({ node, from, to, begins });
  }
  // What happened between two frames, spread over the time until the next is shown.
  function between(before, frame, now, lasts) {
    const { layout, queue } = picture.kept;
    const seconds = Math.max(lasts / 1000, 1 / 60);
    const many = Math.max(1, (frame.arrived - before.arrived) / seconds / DOTS_PER_SECOND);
    const spread = (count, each) =>
      range(count).forEach((i) => each(now + (lasts * (i + 0.5)) / count));
    spread(share("arrived", frame.arrived - before.arrived, many), (begins) =>
      add([2, queue.enter[1] + 14], [queue.enter[0] + 2, queue.enter[1] + 14], "tw-dot-in", begins));
    const earlier = new Map(before.replicas.map((one) => [one.number, one]));
    for (const one of frame.replicas) {
      const { number } = one;
      const was = earlier.get(number) ?? { sent: 0, finished: 0 };
      const at = layout.boxes.get(number);
      if (!at) continue; // it is new, and drawn from the next frame on
      const middle = at.y + at.h / 2;
      spread(share(`sent ${number}`, one.sent - was.sent, many), (begins) =>
        add(queue.door, [at.x + 8, middle], "tw-dot-in", begins));
      spread(share(`left ${number}`, one.finished - was.finished, many), (begins) =>
        add([at.x + at.w - 8, middle], exit(layout), "tw-dot-out", begins));
    }
  }
  function move(now) {
    alive = alive.filter(({ node, from, to, begins }) => {
      const gone = (now - begins) / DOT_MS;
      if (gone >= 1 || !node.isConnected) {
        node.remove();
        return false;
      }
      if (gone < 0) return true;
      const eased = gone * gone * (3 - 2 * gone);
      node.removeAttribute("visibility");
      node.setAttribute("cx", from[0] + eased * (to[0] - from[0]));
      node.setAttribute("cy", from[1] + eased * (to[1] - from[1]));
      return true;
    });
  }
  function clear() {
    alive.forEach(({ node }) => node.remove());
    alive = [];
  }
  return { between, move, clear };
}
