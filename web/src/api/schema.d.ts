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
    "/api/v1/journeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Journeys
         * @description The best ways now, with carbon, fare, chances of changes and the air breathed; soonest there first.
         */
        get: operations["journeys_api_v1_journeys_get"];
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
    "/api/v1/places": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Places
         * @description Stations, stops, districts and other places that a text may mean: the best match first, then the nearest.
         */
        get: operations["places_api_v1_places_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/places/at": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * At
         * @description What is at a point: the nearest place, the stops around it, the district.
         */
        get: operations["at_api_v1_places_at_get"];
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
    "/api/v1/transport/bus_information/board": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Board of a stop
         * @description 정류장 도착 안내
         */
        get: operations["transport_bus_information_board"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transport/bus_information/line": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A line and its vehicles
         * @description 노선과 운행 차량
         */
        get: operations["transport_bus_information_line"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transport/bus_information/lines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lines
         * @description 노선 목록
         */
        get: operations["transport_bus_information_lines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transport/bus_information/nearby": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stops nearby
         * @description 주변 정류장
         */
        get: operations["transport_bus_information_nearby"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transport/bus_information/trails": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where vehicles have been
         * @description 차량 이동 궤적
         */
        get: operations["transport_bus_information_trails"];
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
         * AlertInfo
         * @description Something amiss.
         */
        AlertInfo: {
            /**
             * Active
             * @description Whether it holds now.
             */
            active: boolean;
            /**
             * Age Seconds
             * @description Seconds since it was told last.
             */
            age_seconds: number | null;
            /**
             * Alert
             * @description Key of the alert.
             */
            alert: string;
            /**
             * Cause
             * @description As GTFS-Realtime names it, in lower case.
             */
            cause: string;
            /**
             * Description
             * @description More of it.
             */
            description: {
                [key: string]: string;
            };
            /**
             * Effect
             * @description As GTFS-Realtime names it, in lower case.
             */
            effect: string;
            /**
             * Header
             * @description What it is.
             */
            header: {
                [key: string]: string;
            };
            /**
             * Lines
             * @description Keys of the lines that it is about.
             */
            lines: string[];
            /**
             * Severity
             * @description As GTFS-Realtime names it, in lower case.
             */
            severity: string;
            /**
             * Since
             * @description When it begins to hold; null: it holds already.
             */
            since: string | null;
            /**
             * Stops
             * @description Keys of the stops; without lines and stops it is about all of its feed.
             */
            stops: string[];
            /**
             * Until
             * @description When it ends; null: not known.
             */
            until: string | null;
            /**
             * Url
             * @description Where to read more.
             */
            url: {
                [key: string]: string;
            };
        };
        /**
         * BoardResult
         * @description The board of a stop, in the order in which vehicles are expected to arrive.
         */
        BoardResult: {
            /**
             * Alerts
             * @description What is amiss here or on these lines.
             */
            alerts: components["schemas"]["AlertInfo"][];
            /**
             * At
             * Format: date-time
             * @description The city's time of the answer.
             */
            at: string;
            /**
             * Calls
             * @description Who calls.
             */
            calls: components["schemas"]["CallInfo"][];
            /**
             * Lines
             * @description All lines that call here.
             */
            lines: components["schemas"]["LineInfo"][];
            /** @description The stop. */
            stop: components["schemas"]["StopInfo"];
        };
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
         * CallInfo
         * @description One vehicle that calls at a stop.
         */
        CallInfo: {
            /**
             * Age Seconds
             * @description Age of what is expected; null for the timetable's times.
             */
            age_seconds: number | null;
            /**
             * Arrives
             * Format: date-time
             * @description When it is expected; the timetable's time where nothing newer is known.
             */
            arrives: string;
            /**
             * Arrives Scheduled
             * @description The timetable's arrival.
             */
            arrives_scheduled: string | null;
            /**
             * Day
             * @description Service day of the trip.
             */
            day: string | null;
            /**
             * Delay Seconds
             * @description Later than the timetable (negative: earlier); null: not known.
             */
            delay_seconds: number | null;
            /**
             * Departs
             * Format: date-time
             * @description When it is expected to leave.
             */
            departs: string;
            /**
             * Departs Scheduled
             * @description The timetable's departure.
             */
            departs_scheduled: string | null;
            /**
             * Ends Here
             * @description Nobody gets on: the trip ends here.
             */
            ends_here: boolean;
            /**
             * Headsign
             * @description Where the vehicle says that it goes.
             */
            headsign: {
                [key: string]: string;
            };
            /** @description The line. */
            line: components["schemas"]["LineInfo"];
            /**
             * Minutes
             * @description Whole minutes until it arrives; 0 for less than one, or when it is there.
             */
            minutes: number;
            /**
             * Occupancy
             * @description How full, in GTFS-Realtime's words in lower case.
             */
            occupancy: string | null;
            /**
             * Platform
             * @description The platform, or empty.
             */
            platform: string;
            /**
             * Sequence
             * @description The stop's place in the trip, as the timetable numbers it.
             */
            sequence: number | null;
            /**
             * Stale
             * @description True when what is expected is older than it should be.
             */
            stale: boolean;
            /** @description How much is known of it. */
            state: components["schemas"]["CallState"];
            /**
             * Stop
             * @description Key of the stop or platform.
             */
            stop: string;
            /**
             * Stops Away
             * @description Stops before this one that the vehicle has still to call at.
             */
            stops_away: number | null;
            /**
             * Trip
             * @description Key of the trip; null for a vehicle that the timetable does not have.
             */
            trip: string | null;
            /**
             * Uncertainty Seconds
             * @description How far the expected time may be wrong, where it is told.
             */
            uncertainty_seconds: number | null;
            /**
             * Vehicle
             * @description Key of the vehicle, where it is known.
             */
            vehicle: string | null;
            /**
             * Wheelchair
             * @description Whether the vehicle takes wheelchairs; null where it is not known.
             */
            wheelchair: boolean | null;
        };
        /**
         * CallState
         * @description How much is known of a vehicle's call at a stop.
         * @enum {string}
         */
        CallState: "scheduled" | "expected" | "cancelled" | "skipped";
        /**
         * CarbonInfo
         * @description Grams of CO2 equivalent of one traveller, and the factor that they are by.
         */
        CarbonInfo: {
            /** Factor */
            factor: string;
            /** Grams */
            grams: number;
            /** Gramsperkm */
            gramsPerKm: number;
            /**
             * Note
             * @description How it was worked out and what it leaves out, in English; may be empty.
             */
            note: string;
            /**
             * Notes
             * @description The same by language (BCP 47).
             */
            notes: {
                [key: string]: string;
            };
            /**
             * Pervehicle
             * @description The factor is for the whole vehicle, not for one passenger.
             */
            perVehicle: boolean;
            /**
             * Source
             * @description Where the factor is from, in English.
             */
            source: string;
            /**
             * Sources
             * @description The same by language (BCP 47).
             */
            sources: {
                [key: string]: string;
            };
            /** @description How far the factor may be trusted. */
            standing: components["schemas"]["Standing"];
            /**
             * Validfrom
             * Format: date
             */
            validFrom: string;
            /** Validuntil */
            validUntil: string | null;
            /**
             * Version
             * @description Edition of the source.
             */
            version: string;
        };
        /**
         * ChanceInfo
         * @description The chance of catching this ride after the one before it.
         */
        ChanceInfo: {
            /**
             * Isprior
             * @description Too few were observed: an assumption weighs in it.
             */
            isPrior: boolean;
            /**
             * Observed
             * @description Observed arrivals and departures that it rests on.
             */
            observed: number;
            /** Probability */
            probability: number;
            /**
             * Slackseconds
             * @description Time to spare when all goes as expected.
             */
            slackSeconds: number;
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
         * ComparisonInfo
         * @description The same way by another mode, door to door.
         */
        ComparisonInfo: {
            co2: components["schemas"]["CarbonInfo"] | null;
            /** @description Only of a taxi. */
            fareEstimate: components["schemas"]["FareEstimateInfo"] | null;
            /**
             * Isestimated
             * @description Without streets: the straight line times 1.3, at a speed that is assumed.
             */
            isEstimated: boolean;
            /** Metres */
            metres: number;
            mode: components["schemas"]["Mode"];
            /** Seconds */
            seconds: number;
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
         * DustInfo
         * @description PM2.5 breathed in, in micrograms; between `low` and `high` with a probability of 80 per cent.
         */
        DustInfo: {
            /**
             * Ageseconds
             * @description Age of the newest of their readings.
             */
            ageSeconds: number;
            /**
             * Concentration
             * @description Mean along the way, in micrograms a cubic metre.
             */
            concentration: number;
            /** High */
            high: number;
            /**
             * Instruments
             * @description How many instruments this was worked out from.
             */
            instruments: number;
            /**
             * Litres
             * @description Air breathed in.
             */
            litres: number;
            /** Low */
            low: number;
            /** Micrograms */
            micrograms: number;
        };
        /**
         * DustSum
         * @description PM2.5 breathed in on the whole journey, in micrograms.
         */
        DustSum: {
            /** High */
            high: number;
            /** Low */
            low: number;
            /** Micrograms */
            micrograms: number;
        };
        /**
         * FareEstimateInfo
         * @description What a ride by taxi would cost about.
         */
        FareEstimateInfo: {
            /**
             * Amount
             * @description In the smallest unit that is paid: won, pence.
             */
            amount: number;
            /**
             * Currency
             * @description ISO 4217.
             */
            currency: string;
            /**
             * Note
             * @description What is not counted, in English; may be empty.
             */
            note: string;
            /**
             * Notes
             * @description The same by language (BCP 47).
             */
            notes: {
                [key: string]: string;
            };
            /**
             * Source
             * @description Where the tariff is from, in English.
             */
            source: string;
            /**
             * Sources
             * @description The same by language (BCP 47).
             */
            sources: {
                [key: string]: string;
            };
            /** @description How far the tariff may be trusted. */
            standing: components["schemas"]["Standing"];
            /**
             * Validfrom
             * Format: date
             * @description Since when the tariff is in force.
             */
            validFrom: string;
        };
        /**
         * FareInfo
         * @description What it costs.
         */
        FareInfo: {
            /**
             * Amount
             * @description In the smallest unit that is paid: won, pence.
             */
            amount: number;
            /**
             * Currency
             * @description ISO 4217.
             */
            currency: string;
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
         * JourneyFareInfo
         * @description What a journey costs, and what it is paid with.
         */
        JourneyFareInfo: {
            /**
             * Amount
             * @description In the smallest unit that is paid: won, pence.
             */
            amount: number;
            /**
             * Currency
             * @description ISO 4217.
             */
            currency: string;
            /**
             * Media
             * @description Each of them is enough to pay with, by the feed's names; empty where it does not matter.
             */
            media: string[];
        };
        /**
         * JourneyInfo
         * @description A way from door to door. What is null is not known.
         */
        JourneyInfo: {
            /**
             * Arrives
             * Format: date-time
             */
            arrives: string;
            /**
             * Chance
             * @description Of catching every ride; null where there is no change.
             */
            chance: number | null;
            /** Co2Grams */
            co2Grams: number | null;
            /**
             * Departs
             * Format: date-time
             */
            departs: string;
            fare: components["schemas"]["JourneyFareInfo"] | null;
            /**
             * Follow
             * @description Token for `/journeys/follow`.
             */
            follow: string;
            /** Legs */
            legs: components["schemas"]["LegInfo"][];
            pm25: components["schemas"]["DustSum"] | null;
            /** Seconds */
            seconds: number;
            /** Transfers */
            transfers: number;
            /** Walkmetres */
            walkMetres: number;
        };
        /**
         * JourneysAnswer
         * @description Ways, soonest there first, and what they rest on.
         */
        JourneysAnswer: {
            /**
             * At
             * Format: date-time
             * @description The city's time of the answer.
             */
            at: string;
            /**
             * Builtat
             * Format: date-time
             * @description When streets and timetables were last put together.
             */
            builtAt: string;
            /** Comparisons */
            comparisons: components["schemas"]["ComparisonInfo"][];
            /** Feeds */
            feeds: components["schemas"]["UsedFeed"][];
            /**
             * Hasstreets
             * @description Without, walking is estimated.
             */
            hasStreets: boolean;
            /** Journeys */
            journeys: components["schemas"]["JourneyInfo"][];
        };
        /**
         * Kind
         * @description What type of value a measure holds.
         * @enum {string}
         */
        "Kind-Output": "number" | "text";
        /**
         * LegAlert
         * @description What is amiss on a line or at a stop of a leg. Texts are by language (BCP 47); words are GTFS-Realtime's.
         */
        LegAlert: {
            /** Cause */
            cause: string;
            /** Description */
            description: {
                [key: string]: string;
            };
            /** Effect */
            effect: string;
            /** Header */
            header: {
                [key: string]: string;
            };
            /** Key */
            key: string;
            /** Severity */
            severity: string;
            /** Url */
            url: {
                [key: string]: string;
            };
        };
        /**
         * LegCall
         * @description A vehicle at a stop: expected times, and the timetable's.
         */
        LegCall: {
            /**
             * Arrives
             * Format: date-time
             */
            arrives: string;
            /**
             * Arrivesscheduled
             * Format: date-time
             */
            arrivesScheduled: string;
            /**
             * Departs
             * Format: date-time
             */
            departs: string;
            /**
             * Departsscheduled
             * Format: date-time
             */
            departsScheduled: string;
            place: components["schemas"]["PlaceInfo"];
            /** Sequence */
            sequence: number;
        };
        /**
         * LegInfo
         * @description A part of a journey by one mode. What is null is not known.
         */
        LegInfo: {
            /**
             * Alerts
             * @description What is amiss on this line, or where one gets on or off.
             */
            alerts: components["schemas"]["LegAlert"][];
            /**
             * Arrives
             * Format: date-time
             * @description Expected.
             */
            arrives: string;
            /** Arrivesscheduled */
            arrivesScheduled: string | null;
            /**
             * Calls
             * @description Of a ride: boarding, the stops between, alighting.
             */
            calls: components["schemas"]["LegCall"][];
            /** @description Only of a ride that one changes to. */
            chance: components["schemas"]["ChanceInfo"] | null;
            co2: components["schemas"]["CarbonInfo"] | null;
            /**
             * Departs
             * Format: date-time
             * @description Expected.
             */
            departs: string;
            /**
             * Departsscheduled
             * @description By the timetable; null where there is none.
             */
            departsScheduled: string | null;
            destination: components["schemas"]["PlaceInfo"];
            /** @description Of this ride by itself, where one gets on; the journey's may be less than the sum. */
            fare: components["schemas"]["FareInfo"] | null;
            /** @description Only of a ride by taxi. */
            fareEstimate: components["schemas"]["FareEstimateInfo"] | null;
            geometry: components["schemas"]["LineString"];
            /**
             * Isestimated
             * @description Without streets: the straight line times 1.3.
             */
            isEstimated: boolean;
            /** Metres */
            metres: number;
            mode: components["schemas"]["Mode"];
            /**
             * Occupancy
             * @description How full, in GTFS-Realtime's words.
             */
            occupancy: string | null;
            origin: components["schemas"]["PlaceInfo"];
            /** @description Breathed on this leg and on the wait before it. */
            pm25: components["schemas"]["DustInfo"] | null;
            /** @description Only of a ride on a shared bicycle. */
            sharedRide: components["schemas"]["SharedRideInfo"] | null;
            /**
             * Staysaboard
             * @description One is aboard already: the vehicle goes on as this trip, without a change.
             */
            staysAboard: boolean;
            /**
             * Steps
             * @description Only of a way inside a station whose pathways the timetable tells.
             */
            steps: components["schemas"]["StepInfo"][];
            trip: components["schemas"]["TripInfo"] | null;
        };
        /**
         * LineInfo
         * @description A line as signs show it.
         */
        LineInfo: {
            /**
             * Agency
             * @description Who runs it.
             */
            agency: {
                [key: string]: string;
            };
            /**
             * Color
             * @description Its colour, RRGGBB; empty where the feed has none.
             */
            color: string;
            /**
             * Line
             * @description Key of the line, `<feed>:<id>`.
             */
            line: string;
            /**
             * Long Name
             * @description Where it goes, or its full name.
             */
            long_name: {
                [key: string]: string;
            };
            /** @description What goes on it. */
            mode: components["schemas"]["Mode"];
            /**
             * Name
             * @description Short name, as on the vehicle.
             */
            name: {
                [key: string]: string;
            };
        };
        /**
         * LineResult
         * @description A line with its stops, its vehicles now, and what is amiss on it.
         */
        LineResult: {
            /**
             * Alerts
             * @description What is amiss on it.
             */
            alerts: components["schemas"]["AlertInfo"][];
            /**
             * At
             * Format: date-time
             * @description The city's time of the answer.
             */
            at: string;
            /** @description The line. */
            line: components["schemas"]["LineInfo"];
            /**
             * Vehicles
             * @description Those that told their position in the last five minutes.
             */
            vehicles: components["schemas"]["VehicleInfo"][];
            /**
             * Ways
             * @description Its directions.
             */
            ways: components["schemas"]["WayInfo"][];
        };
        /**
         * LinesResult
         * @description The lines.
         */
        LinesResult: {
            /**
             * Lines
             * @description By mode and name; with `q` the likeliest first.
             */
            lines: components["schemas"]["LineInfo"][];
        };
        /**
         * LineString
         * @description GeoJSON (RFC 7946).
         */
        LineString: {
            /** Coordinates */
            coordinates: number[][];
            /**
             * Type
             * @default LineString
             * @constant
             */
            type: "LineString";
        };
        /**
         * MeasureInfo
         * @description One quantity that a reading carries.
         */
        MeasureInfo: {
            /** Highest */
            highest: number | null;
            /** Key */
            key: string;
            kind: components["schemas"]["Kind-Output"];
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
         * Mode
         * @description A way to move, as GTFS and GBFS tell them apart.
         * @enum {string}
         */
        Mode: "walk" | "bicycle" | "shared_bicycle" | "car" | "taxi" | "bus" | "metro" | "tram" | "rail" | "ferry";
        /**
         * NearbyResult
         * @description Stops around a place.
         */
        NearbyResult: {
            /**
             * At
             * Format: date-time
             * @description The city's time of the answer.
             */
            at: string;
            /**
             * Stops
             * @description Nearest first.
             */
            stops: components["schemas"]["NearbyStop"][];
        };
        /**
         * NearbyStop
         * @description A stop near the place.
         */
        NearbyStop: {
            /**
             * Calls
             * @description Who comes next.
             */
            calls: components["schemas"]["CallInfo"][];
            /**
             * Lines
             * @description Lines that call there.
             */
            lines: components["schemas"]["LineInfo"][];
            /**
             * Metres
             * @description How far it is in a straight line.
             */
            metres: number;
            /** @description The stop or station. */
            stop: components["schemas"]["StopInfo"];
        };
        /**
         * Passage
         * @description What one goes along inside a station, as GTFS tells it apart.
         * @enum {string}
         */
        Passage: "walkway" | "stairs" | "moving_sidewalk" | "escalator" | "elevator" | "fare_gate" | "exit_gate";
        /**
         * PlaceAt
         * @description What is known of a point on the ground.
         */
        PlaceAt: {
            /**
             * District
             * @description Identifier of the district that it lies in.
             */
            district: string | null;
            /** Districtlabel */
            districtLabel: string | null;
            /**
             * Label
             * @description What one would call it: the nearest place, else the district, else empty.
             */
            label: string;
            /** @description The nearest place within three kilometres. */
            nearest: components["schemas"]["PlaceFound"] | null;
            /**
             * Stops
             * @description Stations and stops around, the nearest first.
             */
            stops: components["schemas"]["PlaceFound"][];
        };
        /**
         * PlaceFound
         * @description A place that one may want to go to, or be at.
         */
        PlaceFound: {
            /**
             * Code
             * @description What stands on the sign of a stop; empty where there is nothing.
             */
            code: string;
            /**
             * District
             * @description Identifier of the district that it lies in.
             */
            district: string | null;
            /**
             * Districtlabel
             * @description The district's name.
             */
            districtLabel: string | null;
            /**
             * Id
             * @description Of a station or stop `<feed>:<stop>`, as timetables and boards name it.
             */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "station" | "stop" | "district" | "neighbourhood" | "place";
            /**
             * Label
             * @description Its name in the language asked for, or in another where it has none in that.
             */
            label: string;
            /**
             * Lat
             * @description Degrees (WGS 84).
             */
            lat: number;
            /**
             * Lon
             * @description Degrees (WGS 84).
             */
            lon: number;
            /**
             * Metres
             * @description From where it was asked, as the crow flies.
             */
            metres: number | null;
            /**
             * Names
             * @description By language (BCP 47).
             */
            names: {
                [key: string]: string;
            };
        };
        /**
         * PlaceInfo
         * @description One end of a leg.
         */
        PlaceInfo: {
            /** Lat */
            lat: number;
            /** Lon */
            lon: number;
            /**
             * Name
             * @description Empty where it has none.
             */
            name: string;
            /**
             * Names
             * @description The same by language (BCP 47), as far as the feed tells.
             */
            names: {
                [key: string]: string;
            };
            /** Platform */
            platform: string;
            /**
             * Stop
             * @description `<feed>:<stop_id>`, also of an entrance; null for what is no stop.
             */
            stop: string | null;
        };
        /**
         * PlacesFound
         * @description Places, the likeliest first.
         */
        PlacesFound: {
            /** Places */
            places: components["schemas"]["PlaceFound"][];
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
         * SharedRideInfo
         * @description The shared bicycle of a leg, as its system told last. Stations are `<feed>:<station_id>`.
         */
        SharedRideInfo: {
            /**
             * Ageseconds
             * @description How long ago that was.
             */
            ageSeconds: number;
            /**
             * Bicycles
             * @description To be had where it is taken.
             */
            bicycles: number;
            /**
             * Docks
             * @description Free where it is returned; null where they are not counted.
             */
            docks: number | null;
            /** Feed */
            feed: string;
            /**
             * Returnedat
             * @description Station; null where it may be left where the leg ends.
             */
            returnedAt: string | null;
            /**
             * System
             * @description What the system calls itself.
             */
            system: string;
            /**
             * Takenat
             * @description Station, or bicycle that stands free.
             */
            takenAt: string;
            /**
             * Toldat
             * Format: date-time
             * @description When the system said so.
             */
            toldAt: string;
        };
        /**
         * Sharing
         * @description From closed to open; a stream that says nothing is PRIVATE.
         * @enum {string}
         */
        Sharing: "private" | "aggregated" | "open";
        /**
         * Standing
         * @description How far a factor may be trusted.
         * @enum {string}
         */
        Standing: "published" | "second_hand" | "inference";
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
         * StepInfo
         * @description One thing to do on a way inside a station. Texts are by language (BCP 47).
         */
        StepInfo: {
            /**
             * Level
             * @description Which level it leads to; empty where it leads to no other.
             */
            level: {
                [key: string]: string;
            };
            /** @description What one goes along, as GTFS's `pathway_mode` tells it apart. */
            passage: components["schemas"]["Passage"];
            /**
             * Rises
             * @description Up (true) or down (false); null where it is neither, or not known.
             */
            rises: boolean | null;
            /**
             * Sign
             * @description What signs on the way say, as far as it is told.
             */
            sign: {
                [key: string]: string;
            };
            /**
             * Stairs
             * @description How many; 0 where there are none, or that is not told.
             */
            stairs: number;
            /**
             * Text
             * @description The same in words, in Korean and English.
             */
            text: {
                [key: string]: string;
            };
        };
        /**
         * StopInfo
         * @description A stop, a platform or a station.
         */
        StopInfo: {
            /**
             * Code
             * @description The number on its sign, or empty.
             */
            code: string;
            /**
             * Lat
             * @description Latitude in degrees (WGS 84).
             */
            lat: number;
            /**
             * Lon
             * @description Longitude in degrees (WGS 84).
             */
            lon: number;
            /**
             * Name
             * @description Its name.
             */
            name: {
                [key: string]: string;
            };
            /**
             * Platform
             * @description The platform's own name, or empty.
             */
            platform: string;
            /**
             * Station
             * @description Key of the station that a platform belongs to.
             */
            station: string | null;
            /**
             * Stop
             * @description Key of the stop, `<feed>:<id>`.
             */
            stop: string;
            /**
             * Wheelchair
             * @description Whether one can board in a wheelchair; null where it is not known.
             */
            wheelchair: boolean | null;
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
        /**
         * TrailInfo
         * @description Where a vehicle has been.
         */
        TrailInfo: {
            /**
             * Points
             * @description Longitude, latitude and how many seconds before `at` it was there, the oldest first.
             */
            points: [
                number,
                number,
                number
            ][];
            /**
             * Vehicle
             * @description Key of the vehicle.
             */
            vehicle: string;
        };
        /**
         * TrailsResult
         * @description Where the vehicles in view have been in the last ten minutes.
         */
        TrailsResult: {
            /**
             * At
             * Format: date-time
             * @description The city's time of the answer.
             */
            at: string;
            /**
             * Complete
             * @description False when more vehicles are in view; then of those nearest to its middle.
             */
            complete: boolean;
            /**
             * Trails
             * @description Of each vehicle, by its key.
             */
            trails: components["schemas"]["TrailInfo"][];
        };
        /**
         * TripInfo
         * @description The run that is taken. Identifiers are `<feed>:<id>`.
         */
        TripInfo: {
            /** Agency */
            agency: string;
            /**
             * Color
             * @description RRGGBB, or empty.
             */
            color: string;
            /**
             * Day
             * Format: date
             * @description Its service day.
             */
            day: string;
            /** Headsign */
            headsign: string;
            /**
             * Headsigns
             * @description The same by language (BCP 47).
             */
            headsigns: {
                [key: string]: string;
            };
            /**
             * Islive
             * @description Whether its times are adjusted by a real-time feed.
             */
            isLive: boolean;
            /** Route */
            route: string;
            /** Routename */
            routeName: string;
            /**
             * Routenames
             * @description The same by language (BCP 47).
             */
            routeNames: {
                [key: string]: string;
            };
            /** Trip */
            trip: string;
        };
        /**
         * UsedFeed
         * @description A feed that the answer rests on.
         */
        UsedFeed: {
            /** Feed */
            feed: string;
            /**
             * Liveageseconds
             * @description How old that message was.
             */
            liveAgeSeconds: number | null;
            /**
             * Liveat
             * @description Time of its newest real-time message; null without any.
             */
            liveAt: string | null;
            /** Version */
            version: string;
        };
        /**
         * VehicleInfo
         * @description A vehicle on the line, from its newest position.
         */
        VehicleInfo: {
            /**
             * Age Seconds
             * @description Seconds since its newest position.
             */
            age_seconds: number;
            /**
             * Bearing
             * @description Degrees clockwise from north.
             */
            bearing: number | null;
            /**
             * Delay Seconds
             * @description How late it is, where that is told.
             */
            delay_seconds: number | null;
            /**
             * Direction
             * @description 0 or 1, as the feed has it.
             */
            direction: string | null;
            /**
             * Lat
             * @description Latitude in degrees (WGS 84).
             */
            lat: number;
            /**
             * Lon
             * @description Longitude in degrees (WGS 84).
             */
            lon: number;
            /**
             * Name
             * @description What is written on it.
             */
            name: string | null;
            /**
             * Occupancy
             * @description How full, in GTFS-Realtime's words in lower case.
             */
            occupancy: string | null;
            /**
             * Speed
             * @description km/h.
             */
            speed: number | null;
            /**
             * Status
             * @description How it stands to that stop.
             */
            status: string | null;
            /**
             * Stop
             * @description Key of the stop that it stands at or goes to.
             */
            stop: string | null;
            /**
             * Trip
             * @description Key of its trip.
             */
            trip: string | null;
            /**
             * Vehicle
             * @description Key of the vehicle.
             */
            vehicle: string;
        };
        /**
         * WayInfo
         * @description The line in one direction, as most of its trips go.
         */
        WayInfo: {
            /**
             * Direction
             * @description 0 or 1, as the feed has it.
             */
            direction: number | null;
            /**
             * Headsign
             * @description Where vehicles say that they go.
             */
            headsign: {
                [key: string]: string;
            };
            /**
             * Path
             * @description Longitude and latitude along the way.
             */
            path: [
                number,
                number
            ][];
            /**
             * Seconds
             * @description Of each stop, seconds after the first one by the timetable.
             */
            seconds: number[];
            /**
             * Stops
             * @description In the order in which they are called at.
             */
            stops: components["schemas"]["StopInfo"][];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    journeys_api_v1_journeys_get: {
        parameters: {
            query: {
                /** @description Be there by then (RFC 3339). */
                arrive?: string | null;
                /** @description People in the car that is compared with. */
                car_occupancy?: number;
                /** @description Tell of the same way by car, taxi and bicycle. */
                compare?: boolean;
                /** @description Leave then or later (RFC 3339). Without `arrive` too: now. */
                depart?: string | null;
                /** @description Avoid stairs, by a detour of up to ten times their length. */
                few_steps?: boolean;
                /** @description Where from: LON,LAT in degrees (WGS 84). */
                from: string;
                /** @description Minutes on foot to, from or between stops at most. */
                longest_walk?: number;
                /** @description What may be used, separated by commas: bicycle, bus, car, ferry, metro, rail, shared_bicycle, taxi, tram, walk. */
                modes?: string;
                /** @description Journeys at most: the best in each respect, then the soonest there. */
                most?: number;
                /** @description Changes at most. */
                most_transfers?: number;
                /** @description Where to: LON,LAT in degrees (WGS 84). */
                to: string;
                /** @description Metres a second on level ground. */
                walking_speed?: number;
                /** @description Only ways that can be taken in a wheelchair. */
                wheelchair?: boolean;
                /** @description Minutes after `depart` (before `arrive`) within which to set out. */
                window?: number;
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                    "application/json": components["schemas"]["JourneysAnswer"];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
            /** @description Server-sent events: `snapshot` with the `things` in view, `change` with `things` of which there is news and ids that are `gone`. */
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    places_api_v1_places_get: {
        parameters: {
            query: {
                /** @description Language of `label` (BCP 47); the city's first one unless given. */
                lang?: string | null;
                limit?: number;
                near?: string | null;
                /** @description A name or the beginning of one, in Hangul, its first consonants or Latin letters; slips are forgiven. */
                q: string;
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                    "application/json": components["schemas"]["PlacesFound"];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    at_api_v1_places_at_get: {
        parameters: {
            query: {
                /** @description Language of `label` (BCP 47); the city's first one unless given. */
                lang?: string | null;
                /** @description Longitude,latitude in degrees (WGS 84). */
                point: string;
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                    "application/json": components["schemas"]["PlaceAt"];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    transport_bus_information_board: {
        parameters: {
            query: {
                /** @description At most so many calls. */
                limit?: number;
                /** @description Only calls of this line. */
                line?: string | null;
                /** @description How far ahead. */
                minutes?: number;
                /** @description Key of a stop, platform or station. */
                stop: string;
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                    "application/json": components["schemas"]["BoardResult"];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    transport_bus_information_line: {
        parameters: {
            query: {
                /** @description Key of the line. */
                line: string;
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                    "application/json": components["schemas"]["LineResult"];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    transport_bus_information_lines: {
        parameters: {
            query?: {
                /** @description At most so many; all of them unless given. */
                limit?: number | null;
                /** @description Only what goes this way. */
                mode?: components["schemas"]["Mode"] | null;
                /** @description What a line is called, or the beginning of that, in any of its languages. */
                q?: string | null;
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                    "application/json": components["schemas"]["LinesResult"];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    transport_bus_information_nearby: {
        parameters: {
            query: {
                /** @description Of each stop, so many of its next calls. */
                calls?: number;
                /** @description Latitude in degrees (WGS 84). */
                lat: number;
                /** @description At most so many stops. */
                limit?: number;
                /** @description Longitude in degrees (WGS 84). */
                lon: number;
                /** @description Metres. */
                radius?: number;
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                    "application/json": components["schemas"]["NearbyResult"];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
                        requestId: string;
                        status: number;
                        title: string;
                        type: string;
                    };
                };
            };
        };
    };
    transport_bus_information_trails: {
        parameters: {
            query: {
                /** @description What is in view: west,south,east,north in degrees (WGS 84). */
                bbox: string;
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
                    "application/json": components["schemas"]["TrailsResult"];
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
                        /** @description Where single fields are wrong: how to mend each, as `Accept-Language` prefers. */
                        errors?: {
                            detail: string;
                            field: string;
                        }[];
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
