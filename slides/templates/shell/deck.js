// Text and tables grow or shrink until they fill the slide that holds them. What does not fit at
// the smallest size has to be split by hand.
const LARGEST = 1.24, SMALLEST = 0.56;

function holds(canvas) {
  const room = canvas.getBoundingClientRect();
  const style = getComputedStyle(canvas);
  const scale = room.width / 1280;
  const bottom = room.bottom - parseFloat(style.paddingBottom) * scale + 1;
  const right = room.right - parseFloat(style.paddingRight) * scale + 1;
  const inside = (box) => box.bottom <= bottom && box.right <= right && box.top >= room.top - 1;
  const words = document.createRange(); // text may run out of the element that holds it
  words.selectNodeContents(canvas);
  const parts = canvas.querySelectorAll(":scope *:not(aside, aside *)");
  // a part without a box, a <style> say, takes no room
  return [words, ...parts].every((part) => [...part.getClientRects()].every(inside));
}

function fit(canvas) {
  const grows = !canvas.matches(".title, .announce") && !canvas.querySelector("figure");
  for (let size = grows ? LARGEST : 1; size >= SMALLEST; size -= 0.04) {
    canvas.style.setProperty("--fit", size.toFixed(2));
    if (holds(canvas)) return;
  }
}

const shown = () => { const slide = Reveal.getCurrentSlide(); if (slide) fit(slide.querySelector(".canvas")); };
Reveal.on("ready", shown);
Reveal.on("slidechanged", shown);
Reveal.on("pdf-ready", () => document.querySelectorAll(".canvas").forEach(fit));
Reveal.initialize({
  width: 1280, height: 720, margin: 0, minScale: 0.1, maxScale: 4, center: false,
  hash: true, slideNumber: "c/t", transition: "fade", transitionSpeed: "fast",
  controlsTutorial: false, scrollActivationWidth: null,
  pdfSeparateFragments: false, pdfMaxPagesPerSlide: 1, plugins: [RevealNotes],
});
