// Opens pages in Chromium and reports, as JSON on stdout, what a person with eyes, a printer or a screen reader gets.
// node page.mjs CHROMIUM OUT_FOLDER PAGE.html …   (pictures and PDFs go into OUT_FOLDER)
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, out, ...pages] = process.argv.slice(2);
const args = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const VIEWPORTS = [320, 375, 768, 1024, 1440];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const SIZES = { A4: [794, 1123], Letter: [816, 1056] };

// Runs inside the page. Contrast is that of WCAG 2: (lighter + 0.05) / (darker + 0.05), here at its least.
function look() {
  const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const behind = (element) => {
    const found = [];
    for (let node = element; node instanceof Element; node = node.parentElement) {
      const style = getComputedStyle(node);
      for (const colour of style.backgroundImage.match(/rgba?\([^)]*\)/g) ?? []) found.push(numbers(colour));
      const own = numbers(style.backgroundColor);
      if (own.length === 3 || own[3] > 0) return [...found, own];
    }
    return [...found, matchMedia("(prefers-color-scheme: dark)").matches && matchMedia("screen").matches ? [16, 25, 30] : [255, 255, 255]];
  };
  const contrasts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const stripe = document.querySelector("svg .stripe");
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || ["title", "desc"].includes(element.tagName)) continue;
    const inDrawing = element.closest("svg") !== null;
    const colour = numbers(getComputedStyle(element)[inDrawing ? "fill" : "color"]);
    const grounds = inDrawing && stripe ? [...behind(element), numbers(getComputedStyle(stripe).fill)] : behind(element);
    contrasts.push({ text: text.slice(0, 30), ratio: Math.min(...grounds.map((ground) => ratio(colour, ground))) });
  }
  contrasts.sort((a, b) => a.ratio - b.ratio);
  const isUnseen = (node) => { for (; node; node = node.parentElement) if (getComputedStyle(node).clipPath !== "none") return true; return false; };
  const wide = [...document.querySelectorAll("body *")]
    .filter((node) => !node.closest("svg, .scroll") && !isUnseen(node) && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 1)
    .map((node) => `${node.tagName}.${node.className} ${node.textContent.trim().slice(0, 30)}`);
  const drawing = document.querySelector("svg[role=img]");
  const frame = drawing?.getBoundingClientRect();
  const cut = [...(drawing?.querySelectorAll("text, rect, path") ?? [])].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
  }).length;
  const pageWide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const styled = getComputedStyle(document.querySelector("h1")).fontWeight;
  const unseen = [...document.querySelectorAll("body *")].filter(isUnseen);  // for screen readers alone: nobody sees it
  for (const node of unseen) node.style.setProperty("display", "none", "important");
  const sections = [...document.querySelectorAll("section.course")].map((section) => section.innerText);
  const words = document.body.innerText;
  for (const node of unseen) node.style.removeProperty("display");
  return { least: contrasts[0], texts: contrasts.length, wide, cut, pageWide, sections, styled, words };
}

const browser = await chromium.launch({ executablePath, args });
const report = {};
for (const path of pages) {
  const name = basename(path, ".html");
  const told = { requests: [], console: [], looks: {} };
  const context = await browser.newContext();
  const page = await context.newPage();
  page.on("request", (request) => told.requests.push(request.url()));
  page.on("console", (message) => told.console.push(message.text()));
  page.on("pageerror", (error) => told.console.push(String(error)));
  page.on("dialog", (dialog) => { told.console.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
  await page.goto(pathToFileURL(path).href);
  told.axe = {};
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const width of VIEWPORTS) {
      await page.setViewportSize({ width, height: 900 });
      told.looks[`${width} ${colorScheme}`] = await page.evaluate(look);
    }
    await page.setViewportSize({ width: colorScheme === "light" ? 375 : 1024, height: 900 });
    await page.evaluate(AXE);
    const { violations, passes } = await page.evaluate(() => axe.run());
    const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`));
    told.axe[colorScheme] = { violations: found.slice(0, 5), passes: passes.length };
  }
  await page.emulateMedia({ colorScheme: "light", media: "print" });
  for (const [format, [width, height]] of Object.entries(SIZES)) {
    await page.setViewportSize({ width: width - 106, height });
    told.looks[format] = await page.evaluate(look);
    for (const printBackground of [true, false]) {
      await page.pdf({ path: join(out, `${name}-${format}${printBackground ? "" : "-plain"}.pdf`), format, printBackground });
    }
  }
  const tree = await context.newCDPSession(page);
  const { nodes } = await tree.send("Accessibility.getFullAXTree");
  told.roles = nodes.filter((node) => !node.ignored).map((node) => [node.role?.value, node.name?.value ?? ""]);
  report[name] = told;
  await context.close();
}
await browser.close();
console.log(JSON.stringify(report));
