// Unpacks Chromium from its package into the folder for temporary files, and writes its path to
// standard output.
import chromium from "@sparticuz/chromium";

process.stdout.write(await chromium.executablePath());
