/** Which marks are shown in full where they would cover one another: the more important first. Pure calculation. */

export interface Spot {
  x: number;
  y: number;
}

/** Positions in `spots`, which come in order of importance, of those at least `apart` pixels from all before them; at
 * most `most`. A grid of cells as wide as the distance keeps it linear. */
export function apart(spots: readonly Spot[], distance: number, most: number): number[] {
  const cells = new Map<string, Spot[]>();
  const shown: number[] = [];
  for (const [position, spot] of spots.entries()) {
    if (shown.length >= most) break;
    const column = Math.floor(spot.x / distance);
    const row = Math.floor(spot.y / distance);
    if (isTaken(cells, column, row, spot, distance)) continue;
    const key = `${column} ${row}`;
    cells.set(key, [...(cells.get(key) ?? []), spot]);
    shown.push(position);
  }
  return shown;
}

function isTaken(cells: Map<string, Spot[]>, column: number, row: number, spot: Spot, distance: number): boolean {
  for (let x = column - 1; x <= column + 1; x += 1) {
    for (let y = row - 1; y <= row + 1; y += 1) {
      const near = cells.get(`${x} ${y}`);
      if (near?.some((other) => Math.hypot(other.x - spot.x, other.y - spot.y) < distance)) return true;
    }
  }
  return false;
}

const DIRECTIONS: Record<string, Spot> = {
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
};

/** The nearest spot from `here` towards an arrow key, for moving from mark to mark; null when there is none. */
export function towards(spots: readonly Spot[], here: Spot, key: string): number | null {
  const direction = DIRECTIONS[key];
  if (!direction) return null;
  const { x: dx, y: dy } = direction;
  let best: number | null = null;
  let least = Infinity;
  for (const [position, spot] of spots.entries()) {
    const ahead = (spot.x - here.x) * dx + (spot.y - here.y) * dy;
    const aside = Math.abs((spot.x - here.x) * dy) + Math.abs((spot.y - here.y) * dx);
    if (ahead <= 0 || aside > 2 * ahead) continue;
    const cost = ahead + 2 * aside;
    if (cost < least) [best, least] = [position, cost];
  }
  return best;
}
