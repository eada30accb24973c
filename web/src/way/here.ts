/** Where one is, as the browser tells when its reader allows it, and what that place is called. */
import { get } from '../api/client';
import { words } from '../text/words.svelte';

const PATIENCE_MS = 10_000;
const FRESH_MS = 60_000;

/** Rejects when the reader does not allow it, or the browser cannot tell. */
export function locate(): Promise<{ lon: number; lat: number }> {
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lon: coords.longitude, lat: coords.latitude }),
      reject,
      { timeout: PATIENCE_MS, maximumAge: FRESH_MS, enableHighAccuracy: true },
    );
  });
}

/** The name of the place, or empty when the city cannot be asked. */
export async function nameAt({ lon, lat }: { lon: number; lat: number }): Promise<string> {
  try {
    const query = { point: `${lon},${lat}`, lang: words.language };
    return (await get('/api/v1/places/at', { query })).label;
  } catch {
    return '';
  }
}
