// Photograph a page in Chromium and write the picture (PNG) to a file.
// usage: node screenshot.mjs CHROMIUM URL OUT.png [OPTIONS as JSON]
// Options: width, height (of the window), scale, selector (only this element), fullPage, media ("print"), wait (a
// selector that must be there first), dark.
import { chromium } from "playwright-core";

const [executablePath, url, path, options = "{}"] = process.argv.slice(2);
const { width = 1000, height = 700, scale = 1, selector, fullPage = false, media, wait, dark = false } = JSON.parse(options);
const args = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--font-render-hinting=none",
  "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
];
const browser = await chromium.launch({ executablePath, args });
const context = await browser.newContext({
  viewport: { width, height }, deviceScaleFactor: scale, locale: "en-US", timezoneId: "America/New_York",
  colorScheme: dark ? "dark" : "light", reducedMotion: "reduce",
});
const page = await context.newPage();
const wrong = [];
page.on("pageerror", (error) => wrong.push(String(error)));
await page.goto(url);
if (media) await page.emulateMedia({ media });
if (wait) await page.waitForSelector(wait);
await page.evaluate(() => document.fonts.ready);
await (selector ? page.locator(selector).first() : page).screenshot(selector ? { path } : { path, fullPage });
await browser.close();
if (wrong.length) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
