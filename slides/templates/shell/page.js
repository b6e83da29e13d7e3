// Three small comforts; the page reads well without them.
const root = document.documentElement;
const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private window */ } };
const recall = (name) => { try { return localStorage.getItem(name); } catch { return null; } };

const dark = () => root.style.colorScheme
  ? root.style.colorScheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
const themeButton = document.querySelector("#theme");
const nameTheme = () => { themeButton.textContent = dark() ? "Light" : "Dark"; };
if (recall("theme")) root.style.colorScheme = recall("theme");
nameTheme();
themeButton.onclick = () => {
  root.style.colorScheme = dark() ? "light" : "dark";
  remember("theme", root.style.colorScheme);
  nameTheme();
};

const sources = [...document.querySelectorAll("details.source")];
const codeButton = document.querySelector("#code");
if (codeButton && sources.length) {
  const anyOpen = () => sources.some((source) => source.open);
  const nameCode = () => { codeButton.textContent = anyOpen() ? "Hide code" : "Show code"; };
  codeButton.hidden = false;
  codeButton.onclick = () => { const open = !anyOpen(); sources.forEach((s) => { s.open = open; }); };
  sources.forEach((source) => { source.ontoggle = nameCode; });
  nameCode();
}
for (const source of sources) {
  const button = Object.assign(document.createElement("button"), { className: "copy", textContent: "Copy", type: "button" });
  button.onclick = async () => {
    await navigator.clipboard.writeText(source.querySelector("pre").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  };
  source.append(button);
}

// Contents: open beside the text, folded above it; the section on screen is marked.
const toc = document.querySelector(".toc details");
if (toc) {
  const beside = matchMedia("(min-width: 70rem)");
  const arrange = () => { toc.open = beside.matches; };
  beside.onchange = arrange;
  arrange();
  const links = new Map([...toc.querySelectorAll("a")].map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
  const watch = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      links.forEach((a) => a.removeAttribute("aria-current"));
      links.get(target.id).setAttribute("aria-current", "true");
    }
  }, { rootMargin: "0px 0px -70% 0px" });
  links.forEach((_, id) => watch.observe(document.getElementById(id)));
}
