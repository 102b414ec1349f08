"""The states of the simulated world: how much each books, when its day begins, where its people meet."""

from __future__ import annotations

from typing import Final, NamedTuple


class City(NamedTuple):
    """Where a group meets."""

    name: str
    lat: float
    lon: float


class State(NamedTuple):
    """One of the 50 states, the District of Columbia or Puerto Rico."""

    code: str
    weight: float
    """Messages of a week, in per cent of all from the US; they add up to about 100."""
    offset: int
    """Standard time of most of its people, hours from UTC; the world has no daylight saving."""
    cities: tuple[City, ...]


def _state(code: str, weight: float, offset: int, *cities: tuple[str, float, float]) -> State:
    return State(code, weight, offset, tuple(City(*city) for city in cities))


STATES: Final = (
    _state(
        "CA",
        16.5,
        -8,
        ("San Francisco", 37.77, -122.41),
        ("Los Angeles", 34.05, -118.24),
        ("San Diego", 32.72, -117.16),
        ("Oakland", 37.8, -122.27),
    ),
    _state("NY", 10.5, -5, ("New York", 40.75, -73.99), ("Brooklyn", 40.65, -73.95), ("Buffalo", 42.89, -78.88)),
    _state("FL", 8.5, -5, ("Miami", 25.77, -80.19), ("Orlando", 28.54, -81.38), ("Tampa", 27.95, -82.46)),
    _state("TX", 6.0, -6, ("Austin", 30.27, -97.74), ("Houston", 29.76, -95.37), ("Dallas", 32.78, -96.8)),
    _state("IL", 5.0, -6, ("Chicago", 41.88, -87.63), ("Naperville", 41.79, -88.15)),
    _state("PA", 5.2, -5, ("Philadelphia", 39.95, -75.17), ("Pittsburgh", 40.44, -80.0)),
    _state("MA", 4.0, -5, ("Boston", 42.36, -71.06), ("Cambridge", 42.38, -71.11)),
    _state("NJ", 4.4, -5, ("Jersey City", 40.73, -74.08), ("Princeton", 40.36, -74.66)),
    _state("NC", 3.6, -5, ("Raleigh", 35.78, -78.64), ("Charlotte", 35.23, -80.84)),
    _state("VA", 3.8, -5, ("Arlington", 38.88, -77.09), ("Richmond", 37.54, -77.44)),
    _state("CO", 2.6, -7, ("Denver", 39.74, -104.99), ("Boulder", 40.01, -105.27)),
    _state("OH", 4.3, -5, ("Columbus", 39.96, -83.0), ("Cleveland", 41.5, -81.69)),
    _state("WA", 2.6, -8, ("Seattle", 47.61, -122.33), ("Bellevue", 47.61, -122.2)),
    _state("MD", 2.6, -5, ("Baltimore", 39.29, -76.61), ("Bethesda", 38.98, -77.09)),
    _state("GA", 2.6, -5, ("Atlanta", 33.75, -84.39), ("Savannah", 32.08, -81.09)),
    _state("DC", 3.8, -5, ("Washington", 38.91, -77.04)),
    _state("AZ", 1.9, -7, ("Phoenix", 33.45, -112.07), ("Tucson", 32.22, -110.97)),
    _state("MI", 1.6, -5, ("Detroit", 42.33, -83.05), ("Ann Arbor", 42.28, -83.74)),
    _state("MN", 1.2, -6, ("Minneapolis", 44.98, -93.27)),
    _state("OR", 1.1, -8, ("Portland", 45.52, -122.68), ("Eugene", 44.05, -123.09)),
    _state("MO", 1.1, -6, ("Saint Louis", 38.63, -90.2), ("Kansas City", 39.1, -94.58)),
    _state("TN", 0.8, -6, ("Nashville", 36.16, -86.78)),
    _state("CT", 1.1, -5, ("Hartford", 41.76, -72.67)),
    _state("WI", 0.6, -6, ("Madison", 43.07, -89.4)),
    _state("NV", 0.6, -8, ("Las Vegas", 36.17, -115.14)),
    _state("UT", 0.5, -7, ("Salt Lake City", 40.76, -111.89)),
    _state("IN", 0.5, -5, ("Indianapolis", 39.77, -86.16)),
    _state("SC", 0.5, -5, ("Charleston", 32.78, -79.93)),
    _state("LA", 0.3, -6, ("New Orleans", 29.95, -90.07)),
    _state("KY", 0.3, -5, ("Louisville", 38.25, -85.76)),
    _state("AL", 0.25, -6, ("Birmingham", 33.52, -86.8)),
    _state("OK", 0.22, -6, ("Tulsa", 36.15, -95.99)),
    _state("NH", 0.4, -5, ("Nashua", 42.77, -71.47)),
    _state("KS", 0.2, -6, ("Overland Park", 38.98, -94.67)),
    _state("NM", 0.2, -7, ("Albuquerque", 35.08, -106.65)),
    _state("HI", 0.2, -10, ("Honolulu", 21.31, -157.86)),
    _state("IA", 0.18, -6, ("Des Moines", 41.6, -93.61)),
    _state("DE", 0.16, -5, ("Wilmington", 39.74, -75.55)),
    _state("RI", 0.16, -5, ("Providence", 41.82, -71.41)),
    _state("NE", 0.15, -6, ("Omaha", 41.26, -95.94)),
    _state("AR", 0.14, -6, ("Little Rock", 34.74, -92.33)),
    _state("ME", 0.25, -5, ("Portland", 43.66, -70.26), ("Bangor", 44.8, -68.77)),
    _state("ID", 0.22, -7, ("Boise", 43.61, -116.2)),
    _state("VT", 0.16, -5, ("Burlington", 44.48, -73.21)),
    _state("AK", 0.12, -9, ("Anchorage", 61.22, -149.9)),
    _state("MS", 0.1, -6, ("Jackson", 32.3, -90.18)),
    _state("MT", 0.1, -7, ("Missoula", 46.87, -113.99)),
    _state("PR", 0.1, -4, ("San Juan", 18.47, -66.11)),
    _state("WV", 0.08, -5, ("Charleston", 38.35, -81.63)),
    _state("SD", 0.05, -6, ("Sioux Falls", 43.54, -96.73)),
    _state("ND", 0.04, -6, ("Fargo", 46.88, -96.79)),
    _state("WY", 0.03, -7, ("Cheyenne", 41.14, -104.82)),
)

WATCHED: Final = ("CA", "FL", "NC", "NY", "MA", "TX", "WA", "GA", "ID", "ME")
"""The ten states that the homework watched."""
