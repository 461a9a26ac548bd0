/** Starts an application and prints how long it took and what it holds, as JSON. */
export async function report(_url, start) {
  const began = performance.now();
  let importMs = 0;
  const app = await start(() => (importMs = performance.now() - began));
  const readyMs = performance.now() - began;
  globalThis.gc();
  const { rss, heapUsed } = process.memoryUsage();
  await app.close();
  console.log(JSON.stringify({ importMs, readyMs, rss: rss / 1e6, heap: heapUsed / 1e6 }));
}
