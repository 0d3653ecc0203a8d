// Chromium for the tests: reads one request a line from standard input, as JSON, and writes its
// answer as one line. tests/browser.py has the meaning of each field.
import { createInterface } from "node:readline";
import axe from "axe-core";
import { HtmlValidate } from "html-validate";
import { chromium } from "playwright-core";

// The address of a page that a test passes as text. Nothing listens there.
const MADE_UP = "http://127.0.0.1:9/page";
const HTML = { "Content-Type": "text/html; charset=utf-8" };

const checker = new HtmlValidate({
  extends: ["html-validate:standard", "html-validate:document"],
  rules: { "long-title": "off", "require-sri": "off" },
});
const browser = await chromium.launch({
  executablePath: process.argv[2],
  headless: true,
  // No name leads anywhere, not even one that a redirect names.
  args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
});

function isAllowed(address) {
  const { protocol, hostname } = new URL(address);
  return ["about:", "blob:", "data:", "file:"].includes(protocol) || hostname === "127.0.0.1";
}

async function visit(request) {
  // A page that has no script is the same with and without, and is checked where it is.
  if (request.html !== null && !/<(?:no)?script/iu.test(request.html)) request.script = true;
  const context = await newContext(request, request.script);
  try {
    return await look(await context.newPage(), request);
  } finally {
    await context.close();
  }
}

function newContext(request, script) {
  return browser.newContext({
    colorScheme: request.scheme,
    extraHTTPHeaders: request.headers,
    javaScriptEnabled: script,
    serviceWorkers: "block",
    viewport: { width: request.width, height: request.height },
  });
}

async function look(page, request) {
  const requests = [];
  const errors = [];
  page.setDefaultTimeout(request.seconds * 1000);
  page.on("request", (sent) => requests.push(sent.url()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (entry) => {
    if (["error", "warning"].includes(entry.type())) errors.push(entry.text());
  });
  await page.route("**/*", async (route) => {
    const address = route.request().url();
    if (request.html !== null && address === MADE_UP) {
      await route.fulfill({ headers: { ...HTML, ...request.policy }, body: request.html });
    } else if (isAllowed(address)) {
      await route.continue();
    } else {
      await route.abort("accessdenied");
    }
  });
  if (request.media) await page.emulateMedia({ media: request.media });
  let response = await page.goto(request.html === null ? request.address : MADE_UP);
  let source = await response.text();
  for (const name of request.clicks) {
    const answer = await click(page, name);
    if (answer === null) continue;
    response = answer;
    source = await answer.text();
  }
  if (request.until) await page.getByText(request.until).first().waitFor();
  if (request.screenshot) await draw(page, request.screenshot);
  const seen = {
    address: page.url(),
    status: response.status(),
    headers: await response.allHeaders(),
    title: await page.title(),
    text: await page.evaluate(() => document.body.innerText),
    source,
    requests: [...requests],
    errors: [...errors],
    overflow: await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth
    ),
  };
  if (!request.check) return { ...seen, invalid: [], violations: [] };
  return { ...seen, invalid: await findInvalid(source), violations: await violations(page, request) };
}

// Writes a picture of the whole page. On a busy machine Chromium may give up before it has one.
async function draw(page, path) {
  for (let tries = 3; ; tries -= 1) {
    try {
      return await page.screenshot({ path, fullPage: true });
    } catch (error) {
      if (tries === 1) throw error;
    }
  }
}

// Clicks the button, the link or the summary of that name. Returns the answer that it led to, or
// null if it led to none, or out of this machine.
async function click(page, name) {
  const summary = page.locator("summary", { hasText: name });
  if (await summary.count()) {
    await summary.click();
    return null;
  }
  const named = { name, exact: true };
  const target = page.getByRole("button", named).or(page.getByRole("link", named));
  const answered = page.waitForResponse(
    (got) => got.request().isNavigationRequest() && (got.status() < 300 || got.status() >= 400)
  );
  const refused = page.waitForEvent("requestfailed", (sent) => sent.isNavigationRequest());
  const [answer] = await Promise.all([Promise.any([answered, refused]), target.click()]);
  Promise.allSettled([answered, refused]);
  if (!("status" in answer)) return null;
  await page.waitForLoadState();
  return answer;
}

async function findInvalid(html) {
  const { results } = await checker.validateString(html);
  return results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line }) => `${ruleId}: ${message} (line ${line})`)
  );
}

// The checker is a script that needs timers, which a page without scripts has not: what such a page
// shows is checked in another one.
async function violations(page, request) {
  if (request.script) return findViolations(page);
  const shown = (await page.content()).replace(/<\/?noscript>/gu, "");
  const context = await newContext(request, true);
  try {
    const twin = await context.newPage();
    await twin.route("**/*", async (route) => {
      if (route.request().isNavigationRequest()) {
        const headers = { ...HTML, "Content-Security-Policy": "script-src 'none'" };
        await route.fulfill({ headers, body: shown });
      } else if (isAllowed(route.request().url())) {
        await route.continue();
      } else {
        await route.abort("accessdenied");
      }
    });
    if (request.media) await twin.emulateMedia({ media: request.media });
    await twin.goto(page.url());
    return await findViolations(twin);
  } finally {
    await context.close();
  }
}

async function findViolations(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, { preload: false, resultTypes: ["violations"] })
  );
  return found.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" ")}`
  );
}

process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { visit: await visit(JSON.parse(line)) };
  } catch (error) {
    answer = { failed: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
