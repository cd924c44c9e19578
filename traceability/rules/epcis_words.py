"""The words of EPCIS 2.0 and the Core Business Vocabulary 2.0 that events are made of; pure."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


EVENT_TYPES = (
    "ObjectEvent",
    "AggregationEvent",
    "TransactionEvent",
    "TransformationEvent",
    "AssociationEvent",
)
ACTIONS = frozenset({"ADD", "OBSERVE", "DELETE"})
BIZ_STEPS = _words(
    "accepting arriving assembling collecting commissioning consigning creating_class_instance "
    "cycle_counting decommissioning departing destroying disassembling dispensing encoding "
    "entering_exiting holding inspecting installing killing loading other packing picking receiving "
    "removing repackaging repairing replacing reserving retail_selling sampling sensor_reporting "
    "shipping staging_outbound stock_taking stocking storing transporting unloading unpacking "
    "void_shipping"
)
DISPOSITIONS = _words(
    "active available completeness_inferred completeness_verified conformant container_closed "
    "container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit "
    "inactive mismatch_class mismatch_instance mismatch_quantity needs_replacement no_pedigree_match "
    "non_conformant non_sellable_other partially_dispensed recalled reserved retail_sold returned "
    "sellable_accessible sellable_not_accessible stolen unavailable unknown"
)
TRANSACTION_TYPES = _words("bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt")
END_TYPES = frozenset({"owning_party", "possessing_party", "location"})
ERROR_REASONS = frozenset({"did_not_occur", "incorrect_data"})
ALARMS = frozenset({"ALARM_CONDITION", "ERROR_CONDITION"})
COMPONENTS = _words(
    "x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing "
    "latitude longitude altitude"
)
MEASUREMENTS = _words(
    "AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance "
    "AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area "
    "Capacitance Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate "
    "DynamicViscosity ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength "
    "Energy Exposure Force Frequency Illuminance Inductance Irradiance KinematicViscosity Length "
    "LinearMomentum Luminance LuminousFlux LuminousIntensity MagneticFlux MagneticFluxDensity "
    "MagneticVectorPotential Mass MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity "
    "MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux RadiantIntensity "
    "Radioactivity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed "
    "SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate VolumeFraction "
    "VolumetricFlux Wavenumber"
)
_HEADS = (
    "https://ref.gs1.org/cbv/BizStep-",
    "https://ref.gs1.org/cbv/Disp-",
    "https://ref.gs1.org/cbv/BTT-",
    "https://ref.gs1.org/cbv/SDT-",
    "https://ref.gs1.org/cbv/ER-",
    "https://gs1.org/voc/",
    "cbv:BizStep-",
    "cbv:Disp-",
    "cbv:BTT-",
    "cbv:SDT-",
    "cbv:ER-",
    "gs1:",
)


def bare(word: str) -> str:
    """Return a vocabulary's word without its address, by which the same word is always found."""
    if ":" not in word:
        return word
    return next((word.removeprefix(head) for head in _HEADS if word.startswith(head)), word)


def attribute_name(word: str) -> str:
    """Return a master data attribute by which the same attribute is always found: `cbvmda:latitude`."""
    for head in ("urn:epcglobal:cbv:mda#", "urn:epcglobal:cbv:mda:", "https://ref.gs1.org/cbv/mda/"):
        if word.startswith(head):
            return f"cbvmda:{word.removeprefix(head)}"
    return word


_KELVIN = {"CEL": (1.0, 273.15), "KEL": (1.0, 0.0), "FAH": (5 / 9, 459.67 * 5 / 9)}
_SCALES: dict[str, tuple[str, float]] = {
    "KGM": ("KGM", 1.0),
    "GRM": ("KGM", 0.001),
    "TNE": ("KGM", 1000.0),
    "LBR": ("KGM", 0.45359237),
    "MTR": ("MTR", 1.0),
    "CMT": ("MTR", 0.01),
    "MMT": ("MTR", 0.001),
    "KMT": ("MTR", 1000.0),
    "LTR": ("LTR", 1.0),
    "MLT": ("LTR", 0.001),
    "PAL": ("PAL", 1.0),
    "KPA": ("PAL", 1000.0),
    "BAR": ("PAL", 100000.0),
    "SEC": ("SEC", 1.0),
    "MIN": ("SEC", 60.0),
    "HUR": ("SEC", 3600.0),
}


def in_base_unit(value: float, uom: str) -> tuple[float, str]:
    """Return a measure in the one unit that its kind is compared in (UN/CEFACT Rec 20): °C and °F in kelvin.

    Rounded to nine digits after the point, so that 4 °C and 277.15 K are one number.
    """
    if uom in _KELVIN:
        factor, offset = _KELVIN[uom]
        return round(value * factor + offset, 9), "KEL"
    base, factor = _SCALES.get(uom, (uom, 1.0))
    return round(value * factor, 9), base
