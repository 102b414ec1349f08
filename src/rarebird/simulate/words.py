"""Invented words that the names of members, groups, events and venues are put together from."""

from __future__ import annotations

from typing import Final, NamedTuple


class Words(NamedTuple):
    """One language's words; in each title `{}` stands for the city, the topic or the number of the meeting."""

    topics: tuple[str, ...]
    groups: tuple[str, ...]
    events: tuple[str, ...]
    venues: tuple[str, ...]


WORDS: Final = {
    "en": Words(
        (
            "Ridge Walkers",
            "Slow Runners",
            "Board Games",
            "Python Coders",
            "Night Photography",
            "Social Salsa",
            "Book Swappers",
            "Startup Breakfast",
            "Backyard Astronomy",
            "Home Brewers",
            "Spanish Talkers",
            "Life Drawing",
            "Quiet Mornings Yoga",
            "Vegan Supper",
            "Indie Makers",
            "Bird Watchers",
            "Data People",
            "Kayak Friends",
            "Improv for Beginners",
            "Sci-Fi Film Club",
            "New in Town",
            "Parents & Toddlers",
            "Ukulele Circle",
            "Café Philosophers",
        ),
        (
            "{city} {topic}",
            "{topic} of {city}",
            "The {city} {topic} Meetup",
            "{city} {topic} & Friends",
            "{topic} - {city} Edition",
            "Greater {city} {topic} (Weekly Get-Together)",
        ),
        (
            "{topic}: open evening #{n}",
            "Monthly gathering, no. {n}",
            "Beginners welcome - {topic}",
            "Coffee, chat and {topic}",
            "{city} by night: {topic}",
            "Saturday special! Bring a friend",
            "Session {n}",
            "Let's plan the next season",
            "What's new? An evening with {topic}",
            "{topic}: newcomers' night",
        ),
        (
            "Corner House Tavern",
            "Riverside Library, Room 2",
            "Old Mill Coffee Roasters",
            "Union Hall",
            "The Lantern",
            "Founders Loft",
            "Northgate Community Center",
            "Blue Door Studio",
            "Trailhead Parking Lot",
            "Cafe Meridian",
            "Town Square Park",
            "Harbor View Deli",
        ),
    ),
    "de": Words(
        ("Wanderfreunde", "Brettspielabend", "Gründerfrühstück", "Lauftreff", "Softwareküche", "Sprachcafé"),
        ("{topic} {city}", "{city}: {topic} für alle", "Offener {topic} in {city}"),
        ("{topic} Nr. {n}", "Gemütlicher Abend: {topic}", "Über den Tellerrand", "Offenes Treffen {n}"),
        ("Gasthaus zur Brücke", "Kulturhaus Süd", "Werkstatt am Fluss", "Bürgerzentrum West"),
    ),
    "fr": Words(
        ("Balades", "Café des langues", "Jeux de société", "Randonnée tranquille", "Développeurs curieux"),
        ("{topic} à {city}", "{city} – {topic}", "Les amis de {city} : {topic}"),
        ("Soirée découverte n° {n}", "{topic} : rencontre du mois", "Apéro d'été", "Atelier {n}"),
        ("Le Petit Quai", "Brasserie de l'Écluse", "Maison des associations", "La Verrière"),
    ),
    "es": Words(
        ("Senderismo", "Intercambio de idiomas", "Programación en español", "Fotografía", "Juegos de mesa"),
        ("{topic} {city}", "{city} y {topic}", "Amigos de {topic} en {city}"),
        ("¡Quedada número {n}! ✨", "Tarde de {topic}", "¿Empezamos juntos?", "Encuentro {n}"),
        ("Bar La Esquina", "Biblioteca del Barrio", "Café Almendro", "Centro Cívico Norte"),
    ),
    "it": Words(
        ("Passeggiate", "Giochi da tavolo", "Scambio linguistico", "Sviluppatori"),
        ("{topic} {city}", "{city}: {topic}"),
        ("Serata {n}", "Aperitivo e {topic}", "Perché no? {topic}"),
        ("Caffè del Ponte", "Sala Civica"),
    ),
    "pt": Words(
        ("Caminhadas", "Programação", "Troca de línguas", "Fotografia de rua"),
        ("{topic} {city}", "{topic} em {city}"),
        ("Encontro {n}", "Noite de {topic}", "Introdução: {topic}"),
        ("Café da Praça", "Espaço Criação"),
    ),
    "pl": Words(
        ("Wędrówki", "Gry planszowe", "Programiści", "Wymiana językowa"),
        ("{topic} {city}", "{city}: {topic}"),
        ("Spotkanie {n}", "Wieczór: {topic}", "Otwarte spotkanie #{n}"),
        ("Kawiarnia Pod Lipą", "Świetlica"),
    ),
    "ja": Words(
        ("English Exchange", "散歩の会", "プログラミング", "写真クラブ"),
        ("{city} {topic}", "{topic} / {city}"),
        ("第{n}回 {topic}", "{topic}: open evening #{n}", "はじめての{topic}"),
        ("喫茶みどり", "Hall 3F", "市民センター"),
    ),
    "zh": Words(
        ("Hiking Buddies", "语言交换", "Startup Dinner", "桌遊聚會"),
        ("{city} {topic}", "{topic} @ {city}"),
        ("{topic} #{n}", "週末{topic}", "Open evening {n}"),
        ("Harbour Tea House", "书香咖啡", "Level 12 Studio"),
    ),
    "ko": Words(
        ("Language Table", "등산 모임", "Board Games", "개발자 모임"),
        ("{city} {topic}", "{topic} {city}"),
        ("{topic} #{n}", "주말 {topic}", "Open evening {n}"),
        ("Cafe Haneul", "한강 카페"),
    ),
    "he": Words(
        ("Startup Talks", "טיולים", "Board Games", "מפתחים"),
        ("{city} {topic}", "{topic} - {city}"),
        ("{topic} #{n}", "ערב פתוח {n}", "Open evening {n}"),
        ("Cafe Tamar", "בית העם"),
    ),
    "ru": Words(
        ("Прогулки", "Настольные игры", "Python Coders", "Разговорный клуб"),
        ("{city} {topic}", "{topic} в {city}"),
        ("Встреча {n}", "{topic}: открытый вечер"),
        ("Кафе Мост", "Антикафе"),
    ),
}

FIRST_NAMES: Final = tuple(
    "Ada Amir Ana Anouk Bea Boris Carla Chen Dana Dev Elif Emeka Erik Fay Femi Gil Hana Hugo Ida Igor Ines Ivo Jana Jo "
    "Kaya Kim Lars Leila Lena Luca Maya Mei Mila Nadia Nico Noor Olga Omar Pia Priya Quinn Ravi Rosa Ruth Sam Sana "
    "Tara Theo Uma Vera Wei Yara Yuki Zane Zoe José Zoë".split()
)

TOPICS: Final = tuple(
    "Hiking,Outdoors,Social Networking,Board Games,Web Development,Data Analytics,Photography,Salsa,Book Club,Startups,"
    "Entrepreneurship,Astronomy,Home Brewing,Language & Culture,Spanish Language,Life Drawing,Yoga,Meditation,Wellness,"
    "Vegan,Dining Out,Makers,Open Source,Bird Watching,Kayaking,Improv,Movie Nights,New In Town,Parents,Ukulele,"
    "Live Music,Philosophy,Professional Networking,Software Development,Running,Cycling,Adventure,Nature Walks,Weekend "
    "Adventures,Wine Tasting,Coffee,Self-Improvement,Women's Social,Singles 30's-50's,Fun Times,Nightlife,Fitness,"
    "Camping,Travel,Volunteering,Art,Writing,Poetry,Public Speaking,Investing,Marketing,Small Business,Cooking,"
    "Gardening,Dogs,Soccer,Volleyball,Badminton,Swing Dancing".split(",")
)
