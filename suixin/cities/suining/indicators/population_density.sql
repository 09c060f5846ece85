-- grain   one row per year and district
-- unit    persons per square kilometre
-- source  district_population
SELECT
    year,
    district,
    CAST(resident_population / NULLIF(land_area, 0) AS DECIMAL(10, 1)) AS value
FROM district_population
WHERE resident_population IS NOT NULL
ORDER BY year, district
