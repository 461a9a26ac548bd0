import { createRequire } from 'node:module';
import type { ELK, ElkNode, ElkPort } from 'elkjs/lib/elk-api.js';
import { measure, rowMiddle } from './measures.js';
import type { Relation, Schema, Table } from './schema-model.js';

export interface PlacedPoint {
  readonly x: number;
  readonly y: number;
}

export interface Box extends PlacedPoint {
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly tables: readonly { table: Table; box: Box }[];
  readonly lines: readonly Line[];
}

/** From the parent's column to the child's. Several may share their first stretch, up to a junction. */
export interface Line {
  readonly relation: Relation;
  readonly points: readonly PlacedPoint[];
  readonly junctions: readonly PlacedPoint[];
}

const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.padding': '[top=24,left=24,bottom=24,right=24]',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeNode': '18',
  'elk.spacing.componentComponent': '40',
  'elk.layered.spacing.nodeNodeBetweenLayers': '80',
  // Room for the marks at both ends of a line.
  'elk.layered.spacing.edgeNodeBetweenLayers': '30',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  'elk.layered.mergeEdges': 'false',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.crossingMinimization.greedySwitch.type': 'TWO_SIDED',
  'elk.layered.thoroughness': '100',
  'elk.randomSeed': '1',
};

/**
 * Places tables in columns, what is referred to on the left of what refers to it, and leads lines around
 * them from row to row.
 */
export async function layOut(schema: Schema): Promise<Layout> {
  const byName = new Map(schema.tables.map((table) => [table.name, table]));
  const graph: ElkNode = {
    id: 'schema',
    layoutOptions: options,
    children: schema.tables.map((table) => node(table, schema)),
    edges: schema.relations.map((relation) => ({
      id: relation.name,
      sources: [parentPort(relation)],
      targets: [childPort(relation)],
    })),
  };
  const placed = await newElk().layout(graph);
  const relations = new Map(schema.relations.map((relation) => [relation.name, relation]));
  return {
    width: placed.width!,
    height: placed.height!,
    tables: placed.children!.map(({ id, x, y, width, height }) => ({
      table: byName.get(id)!,
      box: { x: x!, y: y!, width: width!, height: height! },
    })),
    lines: placed.edges!.map(({ id, sections, junctionPoints }) => ({
      relation: relations.get(id)!,
      points: sections!.flatMap(({ startPoint, bendPoints = [], endPoint }) => [
        startPoint,
        ...bendPoints,
        endPoint,
      ]),
      junctions: junctionPoints ?? [],
    })),
  };
}

/** The package is CommonJS whose types say that it has a default export; it has none under ESM. */
function newElk(): ELK {
  const Elk = createRequire(import.meta.url)('elkjs/lib/elk.bundled.js') as new () => ELK;
  return new Elk();
}

function node(table: Table, { relations }: Schema): ElkNode {
  const { width, height } = measure(table);
  const ports = new Map<string, ElkPort>();
  for (const relation of relations) {
    if (relation.child === table.name) {
      const id = childPort(relation);
      ports.set(id, port(id, 0, rowMiddle(table, relation.childColumn), 'WEST'));
    }
    if (relation.parent === table.name) {
      const id = parentPort(relation);
      const offset = relation.isOptional ? 6 : -3;
      ports.set(id, port(id, width, rowMiddle(table, relation.parentColumn) + offset, 'EAST'));
    }
  }
  return {
    id: table.name,
    width,
    height,
    ports: [...ports.values()],
    layoutOptions: { 'elk.portConstraints': 'FIXED_POS', 'elk.alignment': 'LEFT' },
  };
}

function port(id: string, x: number, y: number, side: 'EAST' | 'WEST'): ElkPort {
  return { id, x, y, width: 0, height: 0, layoutOptions: { 'elk.port.side': side } };
}

/** Lines with the same mark at the parent begin as one line; so there are two ports at most. */
function parentPort({ parent, parentColumn, isOptional }: Relation): string {
  return `${parent}.${parentColumn} (${isOptional ? 'optional' : 'required'})`;
}

function childPort({ child, childColumn }: Relation): string {
  return `${child}.${childColumn} (refers)`;
}
