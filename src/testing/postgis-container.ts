/** PostgreSQL 15, the oldest supported version, with PostGIS. */
const image = 'postgis/postgis:15-3.5-alpine';

/**
 * Starts a server in a container and returns its URL; undefined when testcontainers is not installed or the
 * container does not start. Testcontainers removes the container when this process has ended.
 */
export async function startContainer(): Promise<string | undefined> {
  try {
    const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
    return (await new PostgreSqlContainer(image).start()).getConnectionUri();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    // The engine may be unable to pull the image, for example. The message shows why the tests do not run on
    // PostGIS.
    process.stderr.write(`The PostGIS container does not start: ${(error as Error).message}\n`);
    return undefined;
  }
}
