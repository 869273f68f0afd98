// Open a page with FullCalendar, and print what it shows as JSON.
// usage: node full_calendar.mjs CHROMIUM ZONE PAGE.html …   (ZONE is the zone of the browser)
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, timezoneId, ...paths] = process.argv.slice(2);
const args = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const browser = await chromium.launch({ executablePath, args });
const context = await browser.newContext({ timezoneId, viewport: { width: 1000, height: 1000 } });
const shown = [];
for (const path of paths) {
  const page = await context.newPage();
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector(".fc-event");
  shown.push(await page.evaluate(() => ({
    events: calendars.flatMap((calendar) => calendar.getEvents()).map((event) => ({
      title: event.title, start: event.startStr, end: event.endStr, allDay: event.allDay,
    })),
    visible: [...document.querySelectorAll(".fc-event")].map((node) => node.innerText.replace(/\s+/g, " ").trim()),
    colours: [...new Set([...document.querySelectorAll(".fc-event")].map((node) => getComputedStyle(node).backgroundColor))],
  })));
}
await browser.close();
console.log(JSON.stringify(shown));
