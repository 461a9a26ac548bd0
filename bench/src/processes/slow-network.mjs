// slow-network.mjs URL DELAY: passes bytes on to a database server, each packet so many milliseconds
// later. Prints the port that it listens on.
import { connect, createServer } from 'node:net';

const { hostname, port } = new URL(process.argv[2]);
const delay = Number(process.argv[3]);

const server = createServer((near) => {
  const far = connect({ host: hostname, port: Number(port || 5432), noDelay: true });
  near.setNoDelay(true);
  for (const [from, to] of [
    [near, far],
    [far, near],
  ]) {
    from.on('data', (bytes) => setTimeout(() => to.write(bytes), delay));
    from.on('error', () => to.destroy());
    from.on('close', () => setTimeout(() => to.end(), delay));
  }
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit());
