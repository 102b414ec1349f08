"""The countries of the simulated world beside the US, and the provinces of Canada."""

from __future__ import annotations

from typing import Final, NamedTuple

from rarebird.simulate.states import City


class Country(NamedTuple):
    """A country, or one province of Canada."""

    code: str
    weight: float
    """Messages of a week, in per cent of all from outside the US; they add up to about 100."""
    offset: float
    """Standard time, hours from UTC."""
    language: str
    """Which words its groups use, a key of `words.WORDS`."""
    cities: tuple[City, ...]
    province: str = ""
    """Only Canada's messages name one."""


def _country(
    code: str, weight: float, offset: float, language: str, *cities: tuple[str, float, float], province: str = ""
) -> Country:
    return Country(code, weight, offset, language, tuple(City(*city) for city in cities), province)


COUNTRIES: Final = (
    _country("gb", 25.0, 0, "en", ("London", 51.52, -0.1), ("Manchester", 53.48, -2.24), ("Bristol", 51.45, -2.59)),
    _country("au", 12.0, 10, "en", ("Sydney", -33.87, 151.21), ("Melbourne", -37.81, 144.96)),
    _country("de", 7.5, 1, "de", ("Berlin", 52.52, 13.38), ("München", 48.14, 11.58), ("Köln", 50.94, 6.95)),
    _country("es", 6.0, 1, "es", ("Madrid", 40.42, -3.71), ("Barcelona", 41.4, 2.17), ("Málaga", 36.72, -4.42)),
    _country("fr", 5.5, 1, "fr", ("Paris", 48.86, 2.34), ("Lyon", 45.76, 4.83)),
    _country("ca", 5.0, -5, "en", ("Toronto", 43.7, -79.4), ("Ottawa", 45.42, -75.69), province="ON"),
    _country("ca", 1.6, -5, "fr", ("Montréal", 45.54, -73.65), ("Québec", 46.82, -71.22), province="QC"),
    _country("ca", 1.8, -8, "en", ("Vancouver", 49.26, -123.12), province="BC"),
    _country("ca", 1.0, -7, "en", ("Calgary", 51.05, -114.06), province="AB"),
    _country("ca", 0.3, -4, "en", ("Halifax", 44.67, -63.61), province="NS"),
    _country("ca", 0.2, -6, "en", ("Saskatoon", 52.13, -106.66), province="SK"),
    _country("nl", 3.6, 1, "en", ("Amsterdam", 52.37, 4.89), ("Utrecht", 52.09, 5.11)),
    _country("in", 3.5, 5.5, "en", ("Bangalore", 12.97, 77.56), ("Mumbai", 18.96, 72.82)),
    _country("il", 2.6, 2, "he", ("Tel Aviv-Yafo", 32.07, 34.77)),
    _country("jp", 2.8, 9, "ja", ("Tokyo", 35.67, 139.77), ("Osaka", 34.68, 135.51)),
    _country("ae", 2.2, 4, "en", ("Dubai", 25.27, 55.33)),
    _country("sg", 2.2, 8, "en", ("Singapore", 1.3, 103.85)),
    _country("hk", 2.0, 8, "zh", ("Hong Kong", 22.27, 114.14)),
    _country("ie", 1.9, 0, "en", ("Dublin", 53.33, -6.25)),
    _country("kr", 1.5, 9, "ko", ("Seoul", 37.56, 126.99)),
    _country("ch", 1.4, 1, "de", ("Zürich", 47.38, 8.54), ("Genève", 46.21, 6.14)),
    _country("th", 1.1, 7, "en", ("Bangkok", 13.73, 100.5)),
    _country("dk", 1.0, 1, "en", ("Copenhagen", 55.68, 12.57)),
    _country("be", 1.0, 1, "fr", ("Brussels", 50.83, 4.33)),
    _country("pl", 0.9, 1, "pl", ("Warsaw", 52.25, 21.0), ("Kraków", 50.06, 19.96)),
    _country("se", 0.8, 1, "en", ("Stockholm", 59.33, 18.07)),
    _country("tw", 0.8, 8, "zh", ("Taipei", 25.02, 121.45)),
    _country("br", 0.8, -3, "pt", ("São Paulo", -23.53, -46.63)),
    _country("at", 0.7, 1, "de", ("Vienna", 48.22, 16.37)),
    _country("nz", 0.7, 12, "en", ("Auckland", -36.87, 174.77)),
    _country("it", 0.6, 1, "it", ("Milano", 45.48, 9.19)),
    _country("za", 0.5, 2, "en", ("Cape Town", -33.93, 18.46)),
    _country("mx", 0.5, -6, "es", ("México City", 19.43, -99.14)),
    _country("ru", 0.4, 3, "ru", ("Moscow", 55.75, 37.62)),
    _country("pt", 0.4, 0, "pt", ("Lisbon", 38.72, -9.14)),
    _country("no", 0.3, 1, "en", ("Oslo", 59.91, 10.75)),
    _country("ar", 0.3, -3, "es", ("Buenos Aires", -34.61, -58.37)),
    _country("cz", 0.2, 1, "en", ("Prague", 50.08, 14.43)),
    _country("tr", 0.2, 3, "en", ("Istanbul", 41.02, 28.96)),
    _country("fi", 0.2, 2, "en", ("Helsinki", 60.17, 24.94)),
)
