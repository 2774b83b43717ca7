"""From switched on to shown to everybody, through HTTP."""

from core.testing.world import Browser, District

ACTIVITY = {
    "title": "清扫楼道",
    "description": "一起清扫楼道。",
    "location": "3 栋门口",
    "starts_at": "2099-05-01T09:00",
    "ends_at": "2099-05-01T11:00",
    "capacity": "２",
    "organiser": "居委会",
    "risks": "无",
}


def test_a_published_activity_is_on_the_public_page_here_and_next_door_answers_404(
    district: District, community: str, visitor: Browser
) -> None:
    admin = district.person("administrator", community)
    assert admin.get(f"/{community}/volunteer/").status_code == 404
    assert admin.send(f"/{community}/-/apps/volunteer/enable").status_code == 303
    made = admin.send(f"/{community}/volunteer/new", ACTIVITY)
    assert made.status_code == 303
    assert visitor.get(made.location.replace("/volunteer/", "/volunteer/open/")).status_code == 404
    assert admin.send(f"{made.location}/publish").status_code == 303

    page = visitor.get(f"/{community}")

    assert page.status_code == 200
    assert "清扫楼道" in page.text
    neighbour = district.neighbour(community)
    assert visitor.get(f"/{neighbour}/volunteer/open").status_code == 404
    assert "清扫楼道" not in visitor.get(f"/{neighbour}").text
