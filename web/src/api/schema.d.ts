// Written by `npm run types` from the OpenAPI document of a running city. Change the API, not this file.

export interface paths {
    "/api/v1/city": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * City
         * @description The city's name, place, languages and time zone.
         */
        get: operations["city_api_v1_city_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/city/coast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Coast
         * @description The land in and around the city. Without features, it has told none.
         */
        get: operations["coast_api_v1_city_coast_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/city/districts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Districts
         * @description Outlines of its districts, simplified for maps; `properties.id` and `properties.name` by language.
         */
        get: operations["districts_api_v1_city_districts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/environment/air_quality/bus": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Air at a bus
         * @description 버스 센서 대기질
         */
        get: operations["environment_air_quality_bus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/environment/air_quality/districts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Air by district
         * @description 구·군별 대기질
         */
        get: operations["environment_air_quality_districts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/environment/air_quality/station": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Air at a station
         * @description 측정소 대기질
         */
        get: operations["environment_air_quality_station"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Live
         * @description What is in view, and then what changes there, as it changes.
         */
        get: operations["live_api_v1_live_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/streams/{service}/{stream}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream
         * @description One stream of the catalogue.
         */
        get: operations["stream_api_v1_streams__service___stream__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/streams/{service}/{stream}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * History
         * @description Readings of a span of time, by thing and time; the newest version of each.
         */
        get: operations["history_api_v1_streams__service___stream__history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * BusPoint
         * @description Ten minutes of the chart; null where nothing is known.
         */
        BusPoint: {
            /**
             * No2
             * @description Mean NO2 in ppm, as sent.
             */
            no2: number | null;
            /**
             * Pm10
             * @description Mean PM10 in ug/m3, as sent.
             */
            pm10: number | null;
            /**
             * Pm25
             * @description Mean PM2.5 in ug/m3, as sent.
             */
            pm25: number | null;
            /**
             * Since
             * Format: date-time
             * @description Beginning of the ten minutes.
             */
            since: string;
        };
        /**
         * BusResult
         * @description One bus with a sensor: its newest readings and its last hours.
         */
        BusResult: {
            /**
             * Age Seconds
             * @description Seconds since its newest reading.
             */
            age_seconds: number | null;
            /**
             * At
             * Format: date-time
             * @description The city's time of the answer.
             */
            at: string;
            /**
             * Bus
             * @description The bus's identifier within its type.
             */
            bus: string;
            /**
             * Latest
             * @description Newest value of each measure, in the measure's unit.
             */
            latest: {
                [key: string]: number | null;
            };
            /**
             * Name
             * @description The bus's name.
             */
            name: string | null;
            /**
             * Observed At
             * @description Time of its newest reading; null when it has never sent one.
             */
            observed_at: string | null;
            /**
             * Route
             * @description The route that it ran when it last sent.
             */
            route: string | null;
            /**
             * Series
             * @description Every ten minutes of the hours asked for, oldest first.
             */
            series: components["schemas"]["BusPoint"][];
        };
        /**
         * CityInfo
         * @description What a city says of itself.
         */
        CityInfo: {
            /**
             * Approximatedistricts
             * @description The borders of its districts are not the official ones.
             */
            approximateDistricts: boolean;
            /**
             * Area
             * @description West, south, east, north in degrees (WGS 84).
             */
            area: [
                number,
                number,
                number,
                number
            ];
            /**
             * Attribution
             * @description Whom to thank for maps and data, each by language.
             */
            attribution: {
                [key: string]: string;
            }[];
            /**
             * Centre
             * @description Longitude and latitude of its middle, in degrees (WGS 84).
             */
            centre: [
                number,
                number
            ];
            /**
             * Languages
             * @description Of its pages; the first is the one to begin with.
             */
            languages: string[];
            /**
             * Name
             * @description By language (BCP 47).
             */
            name: {
                [key: string]: string;
            };
            /**
             * Simulated
             * @description Its data are made up; whatever shows them has to say so.
             */
            simulated: boolean;
            /**
             * Timezone
             * @description IANA time zone of its days.
             */
            timeZone: string;
            /**
             * Zoom
             * @description Zoom at which a map shows the whole area (Web Mercator, world 512 px at 0).
             */
            zoom: number;
        };
        /**
         * DistrictAir
         * @description The air of one district.
         */
        DistrictAir: {
            /**
             * Age Seconds
             * @description Seconds since the newest reading of a station in the district.
             */
            age_seconds: number | null;
            /**
             * Bus Pm25
             * @description Median PM2.5 of these buses in ug/m3, mended by their bias.
             */
            bus_pm25: number | null;
            /**
             * Buses
             * @description Buses in the district in the last hour whose sensors are trusted.
             */
            buses: number;
            /**
             * Cai Grade
             * @description Grade of the highest CAI.
             */
            cai_grade: string | null;
            /**
             * Cai Highest
             * @description Highest CAI of the reporting stations, 0 to 500.
             */
            cai_highest: number | null;
            /**
             * Cai Median
             * @description Median CAI of the reporting stations, 0 to 500.
             */
            cai_median: number | null;
            /**
             * Cai Median Grade
             * @description Grade of the median CAI.
             */
            cai_median_grade: string | null;
            /**
             * Cai Pollutant
             * @description Main pollutant at the station of the highest CAI.
             */
            cai_pollutant: string | null;
            /**
             * District
             * @description The district; null for what lies in none.
             */
            district: string | null;
            /**
             * Hour
             * @description Beginning of the newest hour that the CAI is of.
             */
            hour: string | null;
            /**
             * Reporting
             * @description Stations whose CAI is of the last three hours; only they count in the index.
             */
            reporting: number;
            /**
             * Stations
             * @description Stations in the district.
             */
            stations: number;
            /**
             * Us Aqi Highest
             * @description Highest US AQI of the stations, 0 to 500.
             */
            us_aqi_highest: number | null;
            /**
             * Us Aqi Median
             * @description Median US AQI of the stations, 0 to 500.
             */
            us_aqi_median: number | null;
        };
        /**
         * DistrictsResult
         * @description The air of the districts.
         */
        DistrictsResult: {
            /**
             * At
             * Format: date-time
             * @description The city's time of the answer.
             */
            at: string;
            /**
             * Districts
             * @description In order of name.
             */
            districts: components["schemas"]["DistrictAir"][];
        };
        /**
         * Format
         * @description How rows are written.
         * @enum {string}
         */
        Format: "json" | "ndjson" | "csv";
        /**
         * IndexNow
         * @description The newest index of a station.
         */
        IndexNow: {
            /**
             * Advice
             * @description What to do at the CAI's grade, by language.
             */
            advice: {
                [key: string]: string;
            } | null;
            /**
             * Cai
             * @description CAI, 0 to 500; null when a required pollutant is missing.
             */
            cai: number | null;
            /**
             * Cai Added
             * @description Points in the CAI that were added for several unhealthy pollutants.
             */
            cai_added: number | null;
            /**
             * Cai Grade
             * @description Key of the CAI's grade.
             */
            cai_grade: string | null;
            /**
             * Cai Pollutant
             * @description Key of the CAI's main pollutant.
             */
            cai_pollutant: string | null;
            /**
             * Category Title
             * @description The US category's name by language.
             */
            category_title: {
                [key: string]: string;
            } | null;
            /**
             * Grade Title
             * @description The CAI grade's name by language.
             */
            grade_title: {
                [key: string]: string;
            } | null;
            /**
             * Hour
             * Format: date-time
             * @description Beginning of the hour that it is of.
             */
            hour: string;
            /**
             * Parts
             * @description What each pollutant contributes.
             */
            parts: components["schemas"]["SubIndex"][];
            /**
             * Stale
             * @description True when that hour began more than three hours ago.
             */
            stale: boolean;
            /**
             * Us Aqi
             * @description US AQI, 0 to 500.
             */
            us_aqi: number | null;
            /**
             * Us Category
             * @description Key of the US AQI's category.
             */
            us_category: string | null;
            /**
             * Us Pollutant
             * @description Key of the US AQI's main pollutant.
             */
            us_pollutant: string | null;
        };
        /**
         * Kind
         * @description What type of value a measure holds.
         * @enum {string}
         */
        Kind: "number" | "text";
        /**
         * MeasureInfo
         * @description One quantity that a reading carries.
         */
        MeasureInfo: {
            /** Highest */
            highest: number | null;
            /** Key */
            key: string;
            kind: components["schemas"]["Kind"];
            /** Lowest */
            lowest: number | null;
            /**
             * Options
             * @description The only texts allowed; empty for any.
             */
            options: string[];
            /**
             * Symbol
             * @description The unit as people write it.
             */
            symbol: string | null;
            /**
             * Title
             * @description By language (BCP 47).
             */
            title: {
                [key: string]: string;
            };
            /**
             * Unit
             * @description UCUM code; null for text.
             */
            unit: string | null;
        };
        /**
         * Point
         * @description One hour of the chart; null where nothing is known.
         */
        Point: {
            /**
             * Cai
             * @description CAI of the hour.
             */
            cai: number | null;
            /**
             * Co
             * @description Mean CO in ppm.
             */
            co: number | null;
            /**
             * Hour
             * Format: date-time
             * @description Beginning of the hour.
             */
            hour: string;
            /**
             * No2
             * @description Mean NO2 in ppm.
             */
            no2: number | null;
            /**
             * O3
             * @description Mean O3 in ppm.
             */
            o3: number | null;
            /**
             * Pm10
             * @description Mean PM10 in ug/m3.
             */
            pm10: number | null;
            /**
             * Pm25
             * @description Mean PM2.5 in ug/m3.
             */
            pm25: number | null;
            /**
             * So2
             * @description Mean SO2 in ppm.
             */
            so2: number | null;
            /**
             * Us Aqi
             * @description US AQI of the hour.
             */
            us_aqi: number | null;
        };
        /**
         * Sharing
         * @description From closed to open; a stream that says nothing is PRIVATE.
         * @enum {string}
         */
        Sharing: "private" | "aggregated" | "open";
        /**
         * StationResult
         * @description One station: its newest readings, its index now, its last hours.
         */
        StationResult: {
            /**
             * Age Seconds
             * @description Seconds since its newest reading.
             */
            age_seconds: number | null;
            /**
             * At
             * Format: date-time
             * @description The city's time of the answer.
             */
            at: string;
            /**
             * District
             * @description The district that it stands in.
             */
            district: string | null;
            /** @description Its newest index; null when none can be given of the hours asked for. */
            index: components["schemas"]["IndexNow"] | null;
            /**
             * Lat
             * @description Latitude, WGS 84.
             */
            lat: number | null;
            /**
             * Latest
             * @description Newest value of each measure, in the measure's unit.
             */
            latest: {
                [key: string]: number | null;
            };
            /**
             * Lon
             * @description Longitude, WGS 84.
             */
            lon: number | null;
            /**
             * Name
             * @description The station's name.
             */
            name: string | null;
            /**
             * Observed At
             * @description Time of its newest reading; null when it has never sent one.
             */
            observed_at: string | null;
            /**
             * Series
             * @description Every hour asked for, oldest first, gaps as nulls.
             */
            series: components["schemas"]["Point"][];
            /**
             * Station
             * @description The station's identifier within its type.
             */
            station: string;
        };
        /**
         * StreamInfo
         * @description Readings of one kind, about things of one type.
         */
        StreamInfo: {
            /**
             * Derived
             * @description Computed by a rule; nobody sends it.
             */
            derived: boolean;
            /**
             * Entitytype
             * @description NGSI-LD type of the things.
             */
            entityType: string;
            /**
             * Every
             * @description Seconds between two readings of a thing, as expected.
             */
            every: number | null;
            /**
             * Keep
             * @description Seconds for which readings are kept; null for ever.
             */
            keep: number | null;
            /** Labels */
            labels: string[];
            /** Measures */
            measures: components["schemas"]["MeasureInfo"][];
            /** Moves */
            moves: boolean;
            /**
             * Path
             * @description `service/stream`, as in the addresses of its readings.
             */
            path: string;
            /**
             * Service
             * @description `sector/service`.
             */
            service: string;
            /** @description `open`: anyone may read it without a key. */
            sharing: components["schemas"]["Sharing"];
            /**
             * Title
             * @description By language (BCP 47).
             */
            title: {
                [key: string]: string;
            };
        };
        /**
         * SubIndex
         * @description What one pollutant contributes to the index.
         */
        SubIndex: {
            /**
             * Cai
             * @description Its sub-index in the CAI.
             */
            cai: number | null;
            /**
             * Mean
             * @description What the CAI takes: predicted 24-hour mean of dust in ug/m3, the hour's mean of gases in ppm.
             */
            mean: number | null;
            /**
             * Pollutant
             * @description Key of the pollutant.
             */
            pollutant: string;
            /**
             * Title
             * @description Its name by language.
             */
            title: {
                [key: string]: string;
            };
            /**
             * Us Aqi
             * @description Its sub-index in the US AQI.
             */
            us_aqi: number | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    city_api_v1_city_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CityInfo"];
                };
            };
            /** @description The request does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    coast_api_v1_city_coast_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
            /** @description GeoJSON FeatureCollection (RFC 7946). */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/geo+json": Record<string, never>;
                    "application/json": unknown;
                };
            };
            /** @description The request does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    districts_api_v1_city_districts_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
            /** @description GeoJSON FeatureCollection (RFC 7946). */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/geo+json": Record<string, never>;
                    "application/json": unknown;
                };
            };
            /** @description The request does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    environment_air_quality_bus: {
        parameters: {
            query: {
                /** @description The bus's identifier within its type. */
                bus: string;
                /** @description Hours of the chart, up to now. */
                hours?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BusResult"];
                };
            };
            /** @description The request does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    environment_air_quality_districts: {
        parameters: {
            query?: {
                /** @description Only this district; all of them when left out. */
                district?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DistrictsResult"];
                };
            };
            /** @description The request does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    environment_air_quality_station: {
        parameters: {
            query: {
                /** @description Hours of the chart, the running one included. */
                hours?: number;
                /** @description The station's identifier within its type. */
                station: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StationResult"];
                };
            };
            /** @description The request does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    live_api_v1_live_get: {
        parameters: {
            query: {
                /** @description What is in view: west,south,east,north in degrees (WGS 84). */
                bbox: string;
                /** @description NGSI-LD types to show, separated by commas. */
                types: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
            /** @description Server-sent events `snapshot` and `change`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                    "text/event-stream": unknown;
                };
            };
            /** @description The request does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    stream_api_v1_streams__service___stream__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the service, e.g. `air_quality`. */
                service: string;
                /** @description Name of the stream, e.g. `stations`. */
                stream: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StreamInfo"];
                };
            };
            /** @description The request does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    history_api_v1_streams__service___stream__history_get: {
        parameters: {
            query?: {
                /** @description What was known at this time: later corrections left out. */
                asOf?: string | null;
                /** @description In place of the `Accept` header. */
                format?: components["schemas"]["Format"] | null;
                limit?: number;
                /** @description From this time on; a day before `until` unless given. */
                since?: string | null;
                /** @description Only of these things; can be repeated. */
                subject?: string[] | null;
                /** @description Before this time; now unless given. */
                until?: string | null;
            };
            header?: never;
            path: {
                /** @description Name of the service, e.g. `air_quality`. */
                service: string;
                /** @description Name of the stream, e.g. `stations`. */
                stream: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
            /** @description Rows with `subject`, `observedAt`, the place and the stream's measures. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                    "application/x-ndjson": unknown;
                    "text/csv": unknown;
                };
            };
            /** @description The request does not fit. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
}
