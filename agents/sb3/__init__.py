"""How do Stable-Baselines3's algorithms learn and play in the lab?"""
