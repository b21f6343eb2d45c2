"""Finance finds the textbook's variances."""

import numpy as np
import pytest

from orchestration.control.standard_costing import input_variances, sales_variances


def test_k3_delpino_price_efficiency_mix_and_yield():
    used, paid = np.array([3250, 2275, 975.0]), np.array([70, 82, 96.0])
    standard, mix = np.array([70, 80, 90.0]), np.array([0.5, 0.3, 0.2])
    found = input_variances(used, paid, standard, mix, allowed=6400)
    assert found.price == pytest.approx([0, 4550, 5850])
    assert found.efficiency == pytest.approx([3500, 28400, -27450])
    assert found.mix == pytest.approx([0, 26000, -29250])
    assert found.yield_ == pytest.approx([3500, 2400, 1800])
    assert found.price.sum() + found.efficiency.sum() == pytest.approx(507_650 - 492_800)
    assert found.mix + found.yield_ == pytest.approx(found.efficiency)


def test_k4_kola_limor_orlem_quantity_and_mix():
    budget, sold = np.array([400_000, 600_000, 1_500_000.0]), np.array([480_000, 900_000, 1_620_000.0])
    found = sales_variances(budget, sold, np.array([2.0, 1.2, 2.5]))
    assert found.volume.sum() == pytest.approx(820_000)
    assert found.quantity.sum() == pytest.approx(1_054_000)
    assert found.mix.sum() == pytest.approx(-234_000)
    assert found.quantity + found.mix == pytest.approx(found.volume)
